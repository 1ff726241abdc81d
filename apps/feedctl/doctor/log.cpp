// What the event log rests on: whether it may be followed here, who follows it, and its parts.
#include "events/log.hpp"

#include "base/error.hpp"
#include "events/events.hpp"
#include "feedctl/doctor/findings.hpp"
#include "sql/doctor.hpp"
#include "store/database.hpp"

namespace feedctl::cli::checks {

namespace {

using std::to_string;

constexpr std::int64_t longest_wait_s = 30;
constexpr std::int64_t most_counted = 10000;
constexpr int least_parts = 2;
constexpr std::int64_t most_days_late = 2;  // one part a minute goes, once its day is over

// A standby, or a dump that was restored into another cluster: its fix is the error's hint.
void home(Findings& findings, store::Database& database) {
  events::check_home(database);
  findings.push_back({"log_home", Level::ok, "the log's positions were made in this cluster"});
}

void workers(Findings& findings, store::Database& database) {
  const auto waiting = database.read(sql::doctor::waiting);
  const auto events = waiting.only().integer(0), age = waiting.only().integer(1);
  Finding finding{"workers", Level::ok, "", "", static_cast<double>(age)};
  if (events == 0) {
    finding.text = "no event waits for them";
  } else {
    finding.text = (events >= most_counted ? "at least " : "") + to_string(events) +
                   " events wait for them, the oldest for " + to_string(age) + " s";
  }
  if (age > longest_wait_s) {
    finding.level = Level::warning;
    finding.text += ": feeds and counts are late";
    finding.fix = "feedctl work";
  }
  findings.push_back(std::move(finding));
}

void parts_ahead(Findings& findings, std::int64_t ahead, bool others) {
  Finding finding{"log_parts", Level::ok,
                  "the event log has parts for " + to_string(ahead) + " days ahead", "",
                  static_cast<double>(ahead)};
  if (ahead < 0) {
    finding.level = others ? Level::warning : Level::error;
    finding.text = std::string("the event log has no part for today: ") +
                   (others ? "its DEFAULT part takes all" : "every write fails");
    finding.fix = "feedctl migrate up";
  } else if (ahead < least_parts) {
    finding.level = Level::warning;
    finding.text += "; without one every write fails";
    finding.fix = "feedctl migrate up, or leave serve running";
  }
  findings.push_back(std::move(finding));
}

void default_part(Findings& findings, const std::string& part) {
  findings.push_back({"log_default_part", Level::warning,
                      "the event log has the DEFAULT part " + part +
                          ": while other parts are made it is locked and searched",
                      "feedctl migrate up, which moves its events to parts of their own; then "
                      "ALTER TABLE events DETACH PARTITION " +
                          part + ";"});
}

void oldest_part(Findings& findings, std::int64_t days_late) {
  if (days_late < most_days_late) return;
  findings.push_back(
      {"log_oldest_part", Level::warning,
       "the event log's oldest part should have gone " + to_string(days_late) +
           " days ago (events.keep): the log grows",
       "feedctl work, whose log tells what is in the way; a reader that has not passed it is the "
       "one with the oldest position in the table consumers",
       static_cast<double>(days_late)});
}

void parts(Findings& findings, store::Database& database, std::chrono::milliseconds keep) {
  const auto rows =
      database.read(sql::doctor::log_parts, store::params(std::int64_t{keep.count()}));
  const auto row = rows.only();
  const auto rest = row.maybe_text(1);
  parts_ahead(findings, row.integer(0), rest.has_value());
  if (rest) default_part(findings, std::string(*rest));
  if (!row.null(2)) oldest_part(findings, row.integer(2));
}

// Nothing needs it but feedctl trace and explain, so it is no warning.
void commit_times(Findings& findings, store::Database& database) {
  if (database.read(sql::doctor::commit_times).only().boolean(0)) {
    findings.push_back({"commit_times", Level::ok, "track_commit_timestamp is on"});
    return;
  }
  findings.push_back({"commit_times", Level::ok,
                      "track_commit_timestamp is off: feedctl trace cannot measure the lag",
                      "ALTER SYSTEM SET track_commit_timestamp = on; and restart PostgreSQL"});
}

}  // namespace

void check_log(Findings& findings, store::Database& database, const config::Config& config) {
  guarded(findings, "log_home", [&] { home(findings, database); });
  guarded(findings, "workers", [&] { workers(findings, database); });
  guarded(findings, "log_parts", [&] { parts(findings, database, config.events.keep); });
  guarded(findings, "commit_times", [&] { commit_times(findings, database); });
}

}  // namespace feedctl::cli::checks
