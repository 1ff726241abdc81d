// configs/cron/feedctl: that cron sends a mail about a run that failed, and about no other one.
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view every_minute = "* * * * * feedctl ";
const std::string program = "/usr/bin/feedctl";

constexpr std::string_view weekly = "47 4 * * 0 feedctl ";

// The line that cron runs as a shell command, without its time and user.
std::string command_line(std::string_view schedule = every_minute) {
  std::istringstream lines(
      support::read_file(fs::path(std::getenv("FEEDCTL_SOURCE")) / "configs/cron/feedctl"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(schedule, 0) == 0) return line.substr(schedule.size());
  }
  return "";
}

void write_program(const support::TempFolder& folder, const std::string& name,
                   const std::string& script) {
  fs::permissions(folder.write(name, "#!/bin/sh\n" + script + "\n"), fs::perms::owner_all);
}

struct CronRun {
  std::string mail, log;
};

// Runs the line as cron does, with a program in the place of feedctl that prints a line and ends
// with this exit code, and with a logger that keeps what it gets.
CronRun run_line(int exit_code) {
  const support::TempFolder folder;
  write_program(folder, "feedctl",
                "echo \"$@\"; echo a line of the log >&2; exit " + std::to_string(exit_code));
  write_program(folder, "logger", "cat >\"" + (folder.path() / "log").string() + '"');
  auto line = command_line();
  line.replace(line.find(program), program.size(), (folder.path() / "feedctl").string());
  support::RunOptions options;
  options.environment = {"PATH=" + folder.path().string() + ":/usr/bin:/bin"};
  const auto result = support::run({"/bin/sh", "-c", line}, options);
  return {result.out + result.err, support::read_file(folder.path() / "log")};
}

}  // namespace

TEST_CASE("the command lines of the crontab are valid") {
  const auto line = command_line(GENERATE(every_minute, weekly));
  const auto begin = line.find(program);
  REQUIRE(begin != std::string::npos);
  CHECK(line.find('%') == std::string::npos);  // a line break for cron
  std::istringstream in(line.substr(begin, line.find(" 2>&1") - begin));
  std::vector<std::string> argv;
  for (std::string word; in >> word;) {
    if (word == program) word = support::feedctl_binary();
    if (word == "/etc/feedctl/feedctl.yaml") word = "/nonexistent/feedctl.yaml";
    argv.push_back(word);
  }
  CHECK(support::run(argv).exit_code == 78);  // no such file, and nothing else
}

TEST_CASE("cron sends no mail about a flush that succeeded or that found another one") {
  for (const int exit_code : {0, 75}) {
    INFO(exit_code);
    const auto run = run_line(exit_code);
    CHECK(run.mail.empty());
    CHECK(run.log.find("flush-views --config") != std::string::npos);
    CHECK(run.log.find("a line of the log") != std::string::npos);
  }
}

TEST_CASE("cron sends a mail about a flush that failed") {
  for (const int exit_code : {1, 69, 78}) {
    INFO(exit_code);
    const auto run = run_line(exit_code);
    CHECK(run.mail.find("a line of the log") != std::string::npos);
    CHECK(run.log == run.mail);
  }
}
