// `feedctl loadtest --drill` as a whole: it starts its own stack, breaks it under load and judges.
#include <map>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;

namespace {

struct DrillOutcome {
  int exit_code = 0;
  std::string output;
  std::map<std::string, std::string> results;  // by promise
};

// Little load, since the machine may be busy: a drill judges faults, not speed.
DrillOutcome run_drill(const std::string& name, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments{
      "loadtest", "--drill", name, "--rate", "20", "--duration", support::rounds("6s", "30s"),
      "-o",       "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto done = support::run_feedctl(arguments);
  DrillOutcome outcome{done.exit_code, done.out + done.err, {}};
  INFO(outcome.output);
  const auto verdict = json::parse(done.out);
  for (const auto& row : *verdict.find("rows")->array())
    outcome.results[*row.find("promise")->text()] = *row.find("result")->text();
  return outcome;
}

void require_passed(const DrillOutcome& outcome) {
  INFO(outcome.output);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.results.size() >= 3);
  for (const auto& [promise, result] : outcome.results) {
    INFO(promise);
    CHECK(result != "fail");
  }
}

}  // namespace

TEST_CASE("with Redis down the load goes on, and nothing acknowledged is lost") {
  const support::TempFolder folder;
  const auto report = folder.path() / "report.html";
  const auto outcome = run_drill("redis-down", {"--report", report.string()});
  require_passed(outcome);
  CHECK(outcome.results.at("cache down: everything from the database, slower but works") == "pass");
  CHECK(outcome.results.at("no acknowledged write is lost, no wrong answer is given") == "pass");
  const auto page = support::read_file(report);
  CHECK(page.find("<svg") != std::string::npos);
  CHECK(page.find("pass: S3-27 cache down") != std::string::npos);
}

TEST_CASE("every other drill passes, too") {
  if (!support::long_mode()) return;
  for (const char* name : {"redis-flush", "pg-down", "worker-kill", "restart"}) {
    INFO(name);
    require_passed(run_drill(name));
  }
}

TEST_CASE("a drill of a few seconds is refused, with the shortest one that makes sense") {
  const auto refused =
      support::run_feedctl({"loadtest", "--drill", "redis-down", "--duration", "2s"});
  CHECK(refused.exit_code == 64);
  CHECK(refused.err.find("--duration 6s at least") != std::string::npos);
}

TEST_CASE("a drill that cannot work is refused before its servers start") {
  const auto refusal = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"loadtest", "--drill", "redis-down"});
    const auto refused = support::run_feedctl(words);
    CHECK(refused.exit_code != 0);
    CHECK(refused.err.find("starting PostgreSQL") == std::string::npos);
    return refused.err;
  };
  const auto names = [](const std::string& text, const std::string& part) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  };
  names(refusal({"--rate", "0"}), "--rate must be above 0");
  names(refusal({"--report", "/dev/null/out.html"}), "cannot write the file");
  names(refusal({"--mix", "/dev/null/mix.yaml"}), "/dev/null/mix.yaml");
  names(refusal({"--metrics", "http://127.0.0.1:1"}), "its own stack");
}
