// I6: no event and no job waits longer than its limit.
#include "operations/verify_audit.hpp"
#include "operations/verify_checks.hpp"
#include "sql/verify.hpp"

namespace feedctl::operations {
namespace {

constexpr int max_event_wait_s = 30;
constexpr int max_job_wait_s[] = {5 * 60, 60 * 60, 24 * 60 * 60};  // by priority

std::string format_seconds(std::int64_t n) {
  return std::to_string(n) + " s";
}

void check_consumers(Audit& audit) {
  auto& result = audit.begin_check("I6", "consumers of the log");
  const auto late =
      audit.database().read(sql::verify::consumers_late, store::params(max_event_wait_s));
  audit.add_checked(result, late.single_row().integer(0));
  for (const auto row : late) {
    if (row.is_null(1)) continue;
    audit.add_drift(
        result, "slot " + std::to_string(row.integer(2)) + " of " + std::string(row.text(1)) +
                    " has " + std::to_string(row.integer(3)) + " events waiting, the oldest for " +
                    format_seconds(row.integer(4)));
  }
}

void check_jobs(Audit& audit) {
  auto& result = audit.begin_check("I6", "jobs");
  const auto late =
      audit.database().read(sql::verify::jobs_late,
                            store::params(max_job_wait_s[0], max_job_wait_s[1], max_job_wait_s[2]));
  audit.add_checked(result, late.single_row().integer(0));
  for (const auto row : late) {
    if (row.is_null(1)) continue;
    const auto job = "job " + std::to_string(row.integer(1)) + " (" + std::string(row.text(2)) +
                     " of " + std::to_string(row.integer(3)) + ")";
    const auto time = format_seconds(row.integer(4));
    audit.add_drift(result, row.boolean(5) ? job + " waits for " + time + " longer than it was to"
                                           : job + " has been due for " + time);
  }
}

// Only counted: the other checks find what a dead letter has left undone.
void count_dead_letters(Audit& audit) {
  auto& result = audit.begin_check("I6", "dead letters");
  audit.add_checked(result,
                    audit.database().read(sql::verify::dead_letters).single_row().integer(0));
}

}  // namespace

void check_lag(Audit& audit) {
  check_consumers(audit);
  check_jobs(audit);
  count_dead_letters(audit);
}

}  // namespace feedctl::operations
