// The short names of scripts/task, which the Taskfile and the Makefile have too.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl::support;

namespace {

using Names = std::set<std::string>;
const std::filesystem::path source = std::getenv("FEEDCTL_SOURCE");

Names lines_of(const std::string& text) {
  std::istringstream in(text);
  Names names;
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) names.insert(line);
  }
  return names;
}

Names task_names() {
  const auto listed = run({(source / "scripts/task").string(), "--list"});
  REQUIRE(listed.exit_code == 0);
  return lines_of(listed.out);
}

// The tasks of the Taskfile; "test:unit" is test-unit, since a colon means something in a Makefile.
Names taskfile_names() {
  std::ifstream in(source / "Taskfile.yml");
  Names names;
  for (std::string line; std::getline(in, line);) {
    const auto end = line.find(": {desc:");
    if (end == std::string::npos) continue;
    auto name = line.substr(2, end - 2);
    std::replace(name.begin(), name.end(), ':', '-');
    INFO(line);
    CHECK(line.find("cmds: ['scripts/task " + name) != std::string::npos);
    names.insert(name);
  }
  return names;
}

std::string make_prints(const std::string& name) {
  const auto made = run({"make", "--no-print-directory", "-n", "-C", source.string(), name});
  INFO(made.err);
  CHECK(made.exit_code == 0);
  return made.out;
}

bool has_make() {
  if (run({"sh", "-c", "command -v make"}).exit_code == 0) return true;
  WARN("make is not installed: the Makefile is not tried");
  return false;
}

}  // namespace

TEST_CASE("tasks have the names of the documents") {
  const auto names = task_names();
  for (const char* name : {"build",           "up",        "down",  "restart",   "logs",
                           "logs-all",        "test",      "shell", "migrate",   "makemigrations",
                           "createsuperuser", "clean",     "ps",    "check",     "flake8",
                           "isort",           "superuser", "seed",  "test-unit", "test-integration",
                           "test-e2e",        "test-load"}) {
    INFO(name);
    CHECK(names.count(name) == 1);
  }
}

TEST_CASE("the Taskfile and the Makefile have every task, and no other") {
  const auto names = task_names();
  CHECK(taskfile_names() == names);
  if (!has_make()) return;
  const auto help = run({"make", "--no-print-directory", "-C", source.string(), "help"});
  CHECK(lines_of(help.out) == names);
  for (const auto& name : names) CHECK(make_prints(name).rfind("scripts/task " + name, 0) == 0);
}

TEST_CASE("an unknown task says where the names are") {
  const auto asked = run({(source / "scripts/task").string(), "reboot"});
  CHECK(asked.exit_code == 64);
  CHECK(asked.err.find("scripts/task --list") != std::string::npos);
}

TEST_CASE("makemigrations writes an empty migration with the next number") {
  const TempFolder folder;
  const auto copy = folder.path() / "checkout";
  std::filesystem::create_directories(copy / "sql/migrations");
  std::filesystem::create_directories(copy / "scripts");
  for (const char* script : {"scripts/task", "scripts/prelude.sh"})
    std::filesystem::copy_file(source / script, copy / script);
  std::ofstream(copy / "sql/migrations/0009_before.sql") << "SELECT 1;\n";
  const auto task = (copy / "scripts/task").string();
  const auto made = run({task, "makemigrations", "post_pins"});
  INFO(made.err);
  CHECK(made.exit_code == 0);
  CHECK(made.out == "sql/migrations/0010_post_pins.sql\n");
  CHECK(std::filesystem::exists(copy / "sql/migrations/0010_post_pins.sql"));
  CHECK(run({task, "makemigrations", "Post Pins"}).exit_code == 64);
  CHECK(run({task, "makemigrations"}).exit_code == 64);
}
