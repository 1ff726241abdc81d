// Golden files: golden/NAME.cmd is a shell script that runs in an empty folder with nothing but
// PATH, HOME and TMPDIR set; golden/NAME.out is what it must answer, byte for byte.
// FEEDCTL_GOLDEN_UPDATE=1 writes the .out files anew: read the difference before committing it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using namespace feedctl;

fs::path golden_folder() {
  return fs::path(std::getenv("FEEDCTL_SOURCE")) / "tests/apps/feedctl/cli/golden";
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string run_script(const fs::path& script) {
  const support::TempFolder folder;
  const auto here = folder.path().string();
  const auto programs = fs::path(support::feedctl_binary()).parent_path().string();
  support::RunOptions options;
  options.folder = folder.path();
  options.timeout = std::chrono::seconds{60};
  const auto result = support::run({"/usr/bin/env", "-i", "PATH=" + programs + ":/usr/bin:/bin",
                                    "HOME=" + here, "TMPDIR=" + here, "/bin/sh", script.string()},
                                   options);
  REQUIRE_FALSE(result.timed_out);
  std::string answer = "exit " + std::to_string(result.exit_code) + "\n";
  if (!result.out.empty()) answer += "--- stdout\n" + result.out;
  if (!result.err.empty()) answer += "--- stderr\n" + result.err;
  replace_all(answer, here, "{FOLDER}");
  return answer;
}

std::vector<fs::path> scripts() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(golden_folder())) {
    if (entry.path().extension() == ".cmd") all.push_back(entry.path());
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("every command line in golden/ produces the recorded output byte for byte") {
  const bool update = std::getenv("FEEDCTL_GOLDEN_UPDATE") != nullptr;
  const auto all = scripts();
  REQUIRE(all.size() >= 40);
  for (const auto& script : all) {
    const auto answer = run_script(script);
    auto expected = script;
    expected.replace_extension(".out");
    if (update) std::ofstream(expected, std::ios::binary) << answer;
    INFO(script.filename().string());
    CHECK(answer == read_text(expected));
  }
}

TEST_CASE("every golden output has its command") {
  for (const auto& entry : fs::directory_iterator(golden_folder())) {
    auto script = entry.path();
    if (script.extension() != ".out") continue;
    script.replace_extension(".cmd");
    INFO(entry.path().filename().string());
    CHECK(fs::exists(script));
  }
}

TEST_CASE("configs/feedctl.yaml and docs/configuration.md are what the option table makes") {
  const auto source = fs::path(std::getenv("FEEDCTL_SOURCE"));
  const auto yaml = support::run_feedctl({"config", "example"});
  CHECK(yaml.out == read_text(source / "configs/feedctl.yaml"));
  const auto markdown = support::run_feedctl({"config", "example", "--format", "markdown"});
  CHECK(markdown.out == read_text(source / "docs/configuration.md"));
}

TEST_CASE("the example and the development configuration have no errors") {
  for (const std::string name : {"feedctl.yaml", "feedctl.dev.yaml"}) {
    const auto path = fs::path(std::getenv("FEEDCTL_SOURCE")) / "configs" / name;
    const auto result = support::run_feedctl({"config", "check", "--config", path.string()});
    INFO(name << ": " << result.err);
    CHECK(result.exit_code == 0);
  }
}

TEST_CASE("routes lists the routes without connecting to a database") {
  const support::TempFolder folder;
  const auto place = folder.path() / ".s.PGSQL.5432";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  place.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const int database = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  REQUIRE(::bind(database, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(database, 64) == 0);
  support::RunOptions options;
  options.environment = {"PGHOST=" + folder.path().string()};
  const auto listed = support::run_feedctl({"routes"}, options);
  INFO(listed.err);
  CHECK(listed.exit_code == 0);
  CHECK(listed.out.find("/v1/feed/stream") != std::string::npos);
  CHECK(::accept(database, nullptr, nullptr) < 0);
  ::close(database);
}

TEST_CASE("help fits into 80 columns, for every command") {
  const auto names = support::run(
      {"/bin/sh", "-c", "\"$0\" --help | sed -n 's/^  \\([a-z][a-z -]*[a-z]\\)  .*/\\1/p'",
       support::feedctl_binary()});
  std::istringstream lines(names.out);
  std::size_t seen = 0;
  for (std::string name; std::getline(lines, name);) {
    std::vector<std::string> arguments;
    std::istringstream words(name);
    for (std::string word; words >> word;) arguments.push_back(word);
    if (arguments.front() != "help") arguments.push_back("--help");
    const auto help = support::run_feedctl(arguments);
    INFO(name << "\n" << help.out << help.err);
    CHECK(help.exit_code == 0);
    std::istringstream text(help.out);
    for (std::string line; std::getline(text, line);) {
      // Examples are there to be copied, and stay whole.
      if (line.rfind("  feedctl ", 0) != 0 && line.find("feedctl") == std::string::npos)
        CHECK(line.size() <= 80);
    }
    ++seen;
  }
  CHECK(seen >= 10);
}
