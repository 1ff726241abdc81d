#include "operations/doctor_pipeline.hpp"

#include <map>
#include <string>

#include "events/consumer_lag.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

// Those of the alerts FeedctlConsumerLag and FeedctlJobsStuck.
constexpr std::int64_t max_lag_s = 120;
constexpr std::int64_t max_job_wait_s = 300;

struct Lag {
  std::int64_t seconds = 0, events = 0;
};

// The check "workers" looks at the consumer `work`.
void check_consumers(Findings& findings, store::Database& database) {
  std::map<std::string, Lag> lags;
  for (const auto& one : events::consumer_lags(database)) {
    auto& lag = lags[one.consumer];
    lag.seconds =
        std::max(lag.seconds,
                 std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(one.age).count()});
    lag.events += one.events;
  }
  Finding finding{"consumer_lag", Severity::ok, "", "", 0};
  for (const auto& [consumer, lag] : lags) {
    finding.text += (finding.text.empty() ? "" : ", ") + consumer + " ";
    finding.text += lag.events == 0 ? "has read all"
                                    : "is " + to_string(lag.seconds) + " s and " +
                                          to_string(lag.events) + " events behind";
    finding.measurement = std::max(*finding.measurement, static_cast<double>(lag.seconds));
    if (lag.seconds <= max_lag_s) continue;
    finding.severity = Severity::warning;
    finding.fix = consumer == "work"  ? "feedctl work"
                  : consumer == "hot" ? "feedctl work, or a reader of the hot feed"
                                      : "feedctl work, whose log says what is in the way";
  }
  if (lags.empty()) finding.text = "no consumer has begun";
  findings.push_back(std::move(finding));
}

void check_jobs(Findings& findings, store::Database& database) {
  const auto rows = database.read(sql::doctor::job_state);
  const auto row = rows.single_row();
  const auto due = row.integer(0), waited = row.integer(1), dead = row.integer(2);
  Finding jobs{"jobs", Severity::ok, due == 0 ? "no job is due" : to_string(due) + " jobs are due",
               "", static_cast<double>(waited)};
  if (due > 0) jobs.text += ", the first for " + to_string(waited) + " s";
  if (waited > max_job_wait_s) {
    jobs.severity = Severity::warning;
    jobs.fix = "feedctl work; more of them, or work.concurrency, if those that run are busy";
  }
  findings.push_back(std::move(jobs));
  Finding letters{"dead_letters", Severity::ok, "none", "", static_cast<double>(dead)};
  if (dead > 0) {
    letters.severity = Severity::warning;
    letters.text = to_string(dead) + ", the newest " + to_string(row.maybe_integer(3).value_or(0)) +
                   " s old, of kind " + row.maybe_text(4).value_or("-") +
                   ": what they should have done is not done";
    letters.fix = "feedctl dlq list; then feedctl dlq retry --all, or feedctl dlq drop";
  }
  findings.push_back(std::move(letters));
}

}  // namespace

void check_pipeline(Findings& findings, store::Database& database) {
  run_check(findings, "consumer_lag", [&] { check_consumers(findings, database); });
  run_check(findings, "jobs", [&] { check_jobs(findings, database); });
}

}  // namespace feedctl::operations
