#pragma once
// The verdict of a drill: what the failure table of the product promises for a fault, and whether
// the load saw it. Pure functions; any thread.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadtest/answer_recorder.hpp"

namespace feedctl::loadtest {

enum class Drill : std::uint8_t { redis_down, redis_flush, pg_down, worker_kill, restart };
std::string_view name_of(Drill drill);
std::vector<std::string> drill_names();
std::optional<Drill> parse_drill(std::string_view name);

// Requests of one kind in one span of time.
struct KindCounts {
  std::uint64_t sent = 0, ok = 0;
  std::uint64_t client_errors = 0;  // 4xx: such as a like of a deleted post
  std::uint64_t refused = 0;        // 503
  std::uint64_t refused_bare = 0;   // of these, without Retry-After
  std::uint64_t other_errors = 0;   // 5xx but 503, and answers that never came
  std::chrono::microseconds p99{};  // of good answers, from the time of sending

  std::uint64_t answered() const { return ok + client_errors; }
  std::uint64_t failed() const { return refused + other_errors; }
};

struct DrillEvidence {
  Drill drill = Drill::redis_down;
  std::vector<RecordedAnswer> answers;
  // The fault has begun, and its end begins.
  Clock::time_point fault_from{}, fault_to{};
  std::uint64_t checks = 0, findings = 0;  // of --check, the comparison at the end included
  bool is_verify_clean = false;
  std::string verify_note;  // what differs
  // Events that wait for workers: before the fault, at most, and at the end.
  std::int64_t backlog_before = 0, backlog_peak = 0, backlog_end = 0;
  std::optional<std::chrono::milliseconds> drained_after;  // the fault's end
};

enum class RowResult : std::uint8_t {
  pass,
  fail,
  not_offered,  // the product does something else, and says so
};
std::string_view name_of(RowResult result);

struct VerdictRow {
  std::string requirement;  // "S3-25", or "" where the table has none
  std::string promise;
  RowResult result = RowResult::fail;
  std::string evidence;  // a sentence with the figures
};

std::vector<VerdictRow> judge(const DrillEvidence& evidence);
bool has_failed(const std::vector<VerdictRow>& rows);

// Requests of these kinds that were sent and answered within the fault, or all before it.
KindCounts count_during_fault(const DrillEvidence& evidence, std::vector<RequestKind> kinds);
KindCounts count_before_fault(const DrillEvidence& evidence, std::vector<RequestKind> kinds);
// From the fault's end to the first good answer of that kind to a request sent after it.
std::optional<std::chrono::milliseconds> first_good_after(const DrillEvidence& evidence,
                                                          RequestKind kind);

}  // namespace feedctl::loadtest
