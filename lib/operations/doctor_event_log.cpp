#include "operations/doctor_event_log.hpp"

#include "base/error.hpp"
#include "events/consumer_log.hpp"
#include "events/events.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

namespace {

using std::to_string;

constexpr std::int64_t max_event_wait_s = 30;
constexpr std::int64_t max_counted = 10000;
constexpr int min_partitions_ahead = 2;
constexpr std::int64_t max_days_late = 2;  // work drops one partition a minute

// A standby, or a dump that was restored into another cluster: its fix is the error's hint.
void check_log_home(Findings& findings, store::Database& database) {
  events::require_home_cluster(database);
  findings.push_back({"log_home", Severity::ok, "the log's positions were made in this cluster"});
}

void check_event_backlog(Findings& findings, store::Database& database) {
  const auto waiting = database.read(sql::doctor::waiting);
  const auto events = waiting.single_row().integer(0), age = waiting.single_row().integer(1);
  Finding finding{"workers", Severity::ok, "", "", static_cast<double>(age)};
  if (events == 0) {
    finding.text = "no event waits for workers";
  } else {
    finding.text = (events >= max_counted ? "at least " : "") + to_string(events) +
                   " events wait for workers, the oldest for " + to_string(age) + " s";
  }
  if (age > max_event_wait_s) {
    finding.severity = Severity::warning;
    finding.text += ": feeds and counts are late";
    finding.fix = "feedctl work";
  }
  findings.push_back(std::move(finding));
}

void add_partitions_ahead(Findings& findings, std::int64_t ahead, bool others) {
  Finding finding{"log_parts", Severity::ok,
                  "the event log has partitions for " + to_string(ahead) + " days ahead", "",
                  static_cast<double>(ahead)};
  if (ahead < 0) {
    finding.severity = others ? Severity::warning : Severity::error;
    finding.text = std::string("the event log has no partition for today: ") +
                   (others ? "its DEFAULT partition takes all events" : "every write fails");
    finding.fix = "feedctl migrate up";
  } else if (ahead < min_partitions_ahead) {
    finding.severity = Severity::warning;
    finding.text += "; without one every write fails";
    finding.fix = "feedctl migrate up, or leave serve running";
  }
  findings.push_back(std::move(finding));
}

void add_default_partition(Findings& findings, const std::string& part) {
  findings.push_back({"log_default_part", Severity::warning,
                      "the event log has the DEFAULT partition " + part +
                          ": creating other partitions locks and searches it",
                      "feedctl migrate up, which moves its events to partitions of their own; then "
                      "ALTER TABLE events DETACH PARTITION " +
                          part + ";"});
}

void add_oldest_partition(Findings& findings, std::int64_t days_late) {
  if (days_late < max_days_late) return;
  findings.push_back({"log_oldest_part", Severity::warning,
                      "the event log's oldest partition should have been dropped " +
                          to_string(days_late) + " days ago (events.keep): the log grows",
                      "feedctl work, whose log says what prevents it; the consumer that has not "
                      "read it has the oldest position in the table consumers",
                      static_cast<double>(days_late)});
}

void check_partitions(Findings& findings, store::Database& database,
                      std::chrono::milliseconds keep) {
  const auto rows =
      database.read(sql::doctor::log_parts, store::params(std::int64_t{keep.count()}));
  const auto row = rows.single_row();
  const auto rest = row.maybe_text(1);
  add_partitions_ahead(findings, row.integer(0), rest.has_value());
  if (rest) add_default_partition(findings, std::string(*rest));
  if (!row.is_null(2)) add_oldest_partition(findings, row.integer(2));
}

// Nothing needs it but feedctl trace and explain, so it is no warning.
void check_commit_timestamps(Findings& findings, store::Database& database) {
  if (database.read(sql::doctor::commit_times).single_row().boolean(0)) {
    findings.push_back({"commit_times", Severity::ok, "track_commit_timestamp is on"});
    return;
  }
  findings.push_back({"commit_times", Severity::ok,
                      "track_commit_timestamp is off: feedctl trace cannot measure the lag",
                      "ALTER SYSTEM SET track_commit_timestamp = on; and restart PostgreSQL"});
}

}  // namespace

void check_event_log(Findings& findings, store::Database& database, const config::Config& config) {
  run_check(findings, "log_home", [&] { check_log_home(findings, database); });
  run_check(findings, "workers", [&] { check_event_backlog(findings, database); });
  run_check(findings, "log_parts",
            [&] { check_partitions(findings, database, config.events.keep); });
  run_check(findings, "commit_times", [&] { check_commit_timestamps(findings, database); });
}

}  // namespace feedctl::operations
