// What scripts/task and docker-compose.yml call exists, with its options.
#include <algorithm>
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

bool is_of_variable(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isupper(byte) != 0 || std::isdigit(byte) != 0 || c == '_';
}

// The names of the variables that a file such as .env sets, also those commented out.
std::set<std::string> variables_of(const std::string& text) {
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto begin = line.rfind('#', 0) == 0 ? 1U : 0U;
    const auto name = line.substr(begin, line.find('=') - begin);
    if (line.find('=') != std::string::npos &&
        std::all_of(name.begin(), name.end(), is_of_variable))
      names.insert(name);
  }
  return names;
}

// The names in "${NAME:-default}" and "${NAME}".
std::set<std::string> substituted_in(const std::string& text) {
  std::set<std::string> names;
  for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 1)) {
    auto end = at + 2;
    while (is_of_variable(text[end])) ++end;
    names.insert(text.substr(at + 2, end - at - 2));
  }
  return names;
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
  CHECK(scripts.size() >= 4);
  for (const auto& script : scripts) {
    INFO(script);
    CHECK(std::filesystem::exists(source / script));
  }
}

TEST_CASE("every command, setting and health check path of the compose file exists") {
  const auto compose = content("docker-compose.yml");
  const auto documented = content("docs/configuration.md");
  CHECK(compose.find("command: [\"work\"]") != std::string::npos);
  check_call({"work"});
  CHECK(compose.find("command: [\"flush-views\", \"--every\", \"1s\"]") != std::string::npos);
  check_call({"flush-views", "--every"});
  int settings = 0;
  for (auto at = compose.find("FEEDCTL_"); at != std::string::npos;
       at = compose.find("FEEDCTL_", at + 1)) {
    auto end = at;
    while (is_of_variable(compose[end])) ++end;
    const auto name = compose.substr(at, end - at);
    INFO(name);
    CHECK(documented.find("`" + name + "`") != std::string::npos);
    ++settings;
  }
  CHECK(settings >= 3);
  for (const char* name : {"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD", "REDIS_URL",
                           "SECRET_KEY", "ALLOWED_HOSTS"}) {
    INFO(name);
    CHECK(compose.find(std::string(name) + ":") != std::string::npos);
    CHECK(documented.find(name) != std::string::npos);
  }
  for (const char* name : {"S3_ENDPOINT", "S3_KEY", "S3_SECRET", "S3_BUCKET", "S3_REGION"}) {
    INFO(name);
    CHECK(compose.find(std::string(name) + ":") != std::string::npos);
    CHECK(documented.find(name) != std::string::npos);
  }
  CHECK(std::filesystem::exists(source / "configs/Dockerfile"));
  const auto routes = run_feedctl({"routes"}).out;
  CHECK(routes.find("/health/ready") != std::string::npos);
}

TEST_CASE("the Redis of the compose file loses no view counters") {
  const auto compose = content("docker-compose.yml");
  const auto begin = compose.find("\n  redis:\n");
  REQUIRE(begin != std::string::npos);
  const auto redis = compose.substr(begin, compose.find("\n\n", begin + 1) - begin);
  INFO(redis);
  CHECK(redis.find("\"--appendonly\", \"yes\"") != std::string::npos);
  CHECK(redis.find("\"--maxmemory-policy\", \"noeviction\"") != std::string::npos);
  CHECK(redis.find("- redis:/data") != std::string::npos);
  CHECK(redis.find("restart: unless-stopped") != std::string::npos);
}

TEST_CASE("the example of .env has every variable of the compose file, and no unknown one") {
  const auto compose = substituted_in(content("docker-compose.yml"));
  const auto example = variables_of(content(".env.example"));
  const auto documented = content("docs/configuration.md");
  for (const auto& name : compose) {
    INFO(name);
    CHECK(example.count(name) == 1);
  }
  for (const auto& name : example) {
    INFO(name);
    const bool is_known = compose.count(name) == 1 || documented.find(name) != std::string::npos;
    CHECK(is_known);
  }
}

TEST_CASE("docker-compose accepts the compose file with the example of .env") {
  const auto where = run({"sh", "-c", "command -v docker-compose"});
  if (where.exit_code != 0) {
    WARN("docker-compose is not installed: the compose file is not checked by it");
    return;
  }
  const auto checked = run({"docker-compose", "-f", (source / "docker-compose.yml").string(),
                            "--env-file", (source / ".env.example").string(), "config", "-q"});
  INFO(checked.out << checked.err);
  CHECK(checked.exit_code == 0);
}
