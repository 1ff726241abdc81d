// What the tasks call exists, with its options. tests/compose checks docker-compose.yml.
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "support/catch.hpp"
#include "support/process.hpp"

using namespace feedctl::support;

namespace {

const std::filesystem::path source = std::getenv("FEEDCTL_SOURCE");

std::string content(const std::filesystem::path& file) {
  std::ifstream in(source / file);
  std::stringstream text;
  text << in.rdbuf();
  REQUIRE(text.str() != "");
  return text.str();
}

// Words from `from` to the end of the line, its shell's command or its YAML string.
std::vector<std::string> words_at(const std::string& text, std::size_t from) {
  const auto end = text.find_first_of("'\n{&|", from);
  std::istringstream line(text.substr(from, end - from));
  std::vector<std::string> words;
  for (std::string word; line >> word;) words.push_back(word);
  return words;
}

// "migrate up --config .." has the command "migrate up" and the option "--config".
void check_call(const std::vector<std::string>& words) {
  std::vector<std::string> command;
  for (const auto& word : words) {
    if (!std::isalpha(static_cast<unsigned char>(word[0]))) break;
    command.push_back(word);
  }
  REQUIRE_FALSE(command.empty());
  command.push_back("--help");
  const auto help = run_feedctl(command);
  INFO(help.out << help.err);
  CHECK(help.exit_code == 0);
  for (const auto& word : words) {
    if (word.rfind("--", 0) != 0) continue;
    INFO(word);
    CHECK(help.out.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("every feedctl command and script of scripts/task exists") {
  const auto tasks = content("scripts/task");
  const std::string program = "feedctl ";
  int calls = 0;
  std::istringstream lines(tasks);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(program);
    if (at == std::string::npos || line[0] == '#' || (at > 0 && line[at - 1] != ' ')) continue;
    if (line.find("echo ") != std::string::npos || line.find("|") < at) continue;
    INFO(line);
    check_call(words_at(line, at + program.size()));
    ++calls;
  }
  CHECK(calls >= 6);
  std::set<std::string> scripts;
  for (auto at = tasks.find("scripts/"); at != std::string::npos;
       at = tasks.find("scripts/", at + 1)) {
    auto end = at;
    while (std::isalnum(static_cast<unsigned char>(tasks[end])) || tasks[end] == '/' ||
           tasks[end] == '-')
      ++end;
    scripts.insert(tasks.substr(at, end - at));
  }
  scripts.erase("scripts/");
  scripts.erase("scripts/prelude");  // prelude.sh
  CHECK(scripts.size() >= 4);
  for (const auto& script : scripts) {
    INFO(script);
    CHECK(std::filesystem::exists(source / script));
  }
}
