// The lines of docs/media.md: each block that begins with "```sh media" is run against a server
// with a directory. A command that ends with a comment of a status, "# 201", must get it.
#include <cstdlib>
#include <regex>
#include <sstream>

#include "e2e/media/media_cluster.hpp"

using namespace feedctl;
using namespace feedctl::media_test;

namespace {

// curl writes its answer where it is told to, and its status to $EXAMPLE_FOLDER/statuses.
constexpr const char* prelude = R"(set -eu
curl() {
  command curl -w '%{stderr}%{http_code}\n' "$@" 2>>"$EXAMPLE_FOLDER/statuses"
}
)";

std::string source() {
  return std::getenv("FEEDCTL_SOURCE");
}

std::string script_of_page() {
  std::istringstream lines(support::read_file(source() + "/docs/media.md"));
  std::string script;
  bool is_runnable = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0)
      is_runnable = line == "```sh media";
    else if (is_runnable)
      script += line + "\n";
  }
  return script;
}

std::string expected_statuses(const std::string& script) {
  static const std::regex comment("   # ([0-9]{3})$");
  std::istringstream lines(script);
  std::string statuses;
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_search(line, found, comment)) statuses += found.str(1) + "\n";
  }
  return statuses;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("the lines of the page about images get the statuses that they show") {
  if (!has_image_libraries()) return;
  const MediaCluster cluster;
  const support::TempFolder folder;
  auto script = script_of_page();
  const auto expected = expected_statuses(script);
  CHECK(std::count(expected.begin(), expected.end(), '\n') >= 10);
  script = replaced(script, "localhost:8000", "127.0.0.1:" + std::to_string(cluster.http_port()));
  script = replaced(script, "-o photo.webp", "-o \"$EXAMPLE_FOLDER/photo.webp\"");
  support::RunOptions run;
  run.folder = source();
  run.environment = {"EXAMPLE_FOLDER=" + folder.path().string()};
  const auto done = support::run({"/bin/sh", "-c", prelude + script}, run);
  INFO(done.out << done.err);
  CHECK(done.exit_code == 0);
  CHECK(support::read_file(folder.path() / "statuses") == expected);
  CHECK(size_of(support::read_file(folder.path() / "photo.webp")) == Size{720, 480});
}
