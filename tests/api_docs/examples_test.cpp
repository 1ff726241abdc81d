// The examples of the pages: each block that begins with "```sh runnable" is run against a server,
// in the order of its page. A command that ends with a comment of statuses, "# 201", must get them.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;
using namespace feedctl;

namespace {

// curl prints what it would, and appends the status to $EXAMPLE_FOLDER/statuses.
constexpr const char* curl_function = R"(set -eu
curl() {
  code=$(command curl -o "$EXAMPLE_FOLDER/body" -w '%{http_code}' "$@")
  echo "$code" >>"$EXAMPLE_FOLDER/statuses"
  cat "$EXAMPLE_FOLDER/body"
}
touch "$EXAMPLE_FOLDER/body"
)";

const fs::path source = std::getenv("FEEDCTL_SOURCE");

std::string read_file(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The runnable blocks of a page, one after the other.
std::string script_of(const fs::path& page) {
  std::istringstream lines(read_file(page));
  std::string script;
  bool is_runnable = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, 3, "```") == 0)
      is_runnable = line == "```sh runnable";
    else if (is_runnable)
      script += line + "\n";
  }
  return script;
}

// The statuses in the comments at the ends of lines, one a line.
std::string expected_statuses(const std::string& script) {
  static const std::regex comment("   # ([0-9]{3}( [0-9]{3})*)$");
  std::istringstream lines(script);
  std::string statuses;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, comment)) statuses += found.str(1) + "\n";
  }
  return std::regex_replace(statuses, std::regex(" "), "\n");
}

void seed_pages(const support::FreshDatabase& database) {
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  const auto done = support::run_feedctl(
      {"seed", "--fixtures", (source / "fixtures/sample_content.json").string()}, run);
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
}

std::string for_port(const std::string& script, int port) {
  return std::regex_replace(script, std::regex("localhost:8000"),
                            "127.0.0.1:" + std::to_string(port));
}

std::vector<fs::path> pages_with_examples() {
  std::vector<fs::path> pages;
  if (!script_of(source / "README.md").empty()) pages.push_back(source / "README.md");
  for (const auto& entry : fs::recursive_directory_iterator(source / "docs")) {
    if (entry.path().extension() == ".md" && !script_of(entry.path()).empty())
      pages.push_back(entry.path());
  }
  return pages;
}

}  // namespace

TEST_CASE("the examples of the pages get the statuses that they show") {
  const auto pages = pages_with_examples();
  REQUIRE_FALSE(pages.empty());
  for (const auto& page : pages) {
    INFO(page);
    support::FreshDatabase database;
    seed_pages(database);
    support::ServerProcess serve(database);
    const support::TempFolder folder;
    const auto script = script_of(page);
    support::RunOptions run;
    run.environment = {"EXAMPLE_FOLDER=" + folder.path().string()};
    const auto done =
        support::run({"/bin/sh", "-c", curl_function + for_port(script, serve.port())}, run);
    INFO(done.out << done.err);
    CHECK(done.exit_code == 0);
    CHECK(read_file(folder.path() / "statuses") == expected_statuses(script));
  }
}

TEST_CASE("the page of first steps has examples with statuses") {
  const auto script = script_of(source / "docs/api.md");
  const auto statuses = expected_statuses(script);
  CHECK(std::count(statuses.begin(), statuses.end(), '\n') > 20);
  CHECK(expected_statuses("curl a   # 201\ncurl b # 200\ndone   # 400 401\n") == "201\n400\n401\n");
}
