#include "loadtest/drill_verdict.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace feedctl::loadtest {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds max_recovery{30'000};
// Of first pages, with the database down. A post that was made just before the fault, and that
// nobody has read yet, is not in memory: the feeds that show it need the database.
constexpr double min_cached_share = 0.8;
constexpr double min_good_share = 0.99;  // of all requests, where the fault costs only time
constexpr double min_refused_share = 0.95;
constexpr std::int64_t max_backlog_end = 100;

constexpr std::array<std::pair<Drill, std::string_view>, 5> drills{
    {{Drill::redis_down, "redis-down"},
     {Drill::redis_flush, "redis-flush"},
     {Drill::pg_down, "pg-down"},
     {Drill::worker_kill, "worker-kill"},
     {Drill::restart, "restart"}}};

const std::vector<RequestKind> all_kinds{RequestKind::cached_read, RequestKind::read,
                                         RequestKind::view, RequestKind::write};

std::string in_ms(std::chrono::microseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", static_cast<double>(time.count()) / 1000);
  return text.data();
}

std::string of(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

RowResult passes(bool condition) {
  return condition ? RowResult::pass : RowResult::fail;
}

std::string after(const std::optional<milliseconds>& time) {
  return time ? std::to_string(time->count()) + " ms after" : "never after";
}

VerdictRow goes_on(const DrillEvidence& evidence, std::string requirement, std::string promise) {
  const auto during = count_during_fault(evidence, all_kinds);
  const auto before = count_before_fault(evidence, all_kinds);
  return {std::move(requirement), std::move(promise),
          passes(share(during.answered(), during.sent) >= min_good_share),
          of(during.answered(), during.sent) + " requests answered during the fault, " +
              std::to_string(during.failed()) + " failed; p99 " + in_ms(before.p99) + " before, " +
              in_ms(during.p99) + " during"};
}

VerdictRow recovers(const DrillEvidence& evidence) {
  const auto read = first_good_after(evidence, RequestKind::read);
  const auto write = first_good_after(evidence, RequestKind::write);
  return {"", "reads and writes work again within 30 s",
          passes(read && write && std::max(*read, *write) <= max_recovery),
          "first good read " + after(read) + " the fault's end, first good write " + after(write)};
}

VerdictRow loses_nothing(const DrillEvidence& evidence) {
  const bool is_good = evidence.checks > 0 && evidence.findings == 0 && evidence.is_verify_clean;
  return {"", "no acknowledged write is lost, no wrong answer is given", passes(is_good),
          std::to_string(evidence.checks) + " checks with " + std::to_string(evidence.findings) +
              " findings; feedctl verify: " +
              (evidence.is_verify_clean ? "clean" : evidence.verify_note)};
}

void judge_database(const DrillEvidence& evidence, std::vector<VerdictRow>& rows) {
  const auto writes = count_during_fault(evidence, {RequestKind::write});
  const bool is_refused = writes.sent > 0 && writes.ok == 0 && writes.refused_bare == 0 &&
                          share(writes.refused, writes.sent) >= min_refused_share;
  rows.push_back({"S3-24", "database down: the system is read-only", passes(is_refused),
                  of(writes.refused, writes.sent) + " writes refused with 503, " +
                      std::to_string(writes.refused_bare) + " of them without Retry-After; " +
                      std::to_string(writes.ok) + " acknowledged, " +
                      std::to_string(writes.other_errors) + " without an answer"});
  const auto reads = count_during_fault(evidence, {RequestKind::cached_read});
  rows.push_back(
      {"S3-25", "cached data are still served",
       passes(share(reads.ok, reads.sent) >= min_cached_share),
       of(reads.ok, reads.sent) + " first pages of feeds answered, p99 " + in_ms(reads.p99)});
  rows.push_back({"S3-26", "writes queue for replay", RowResult::not_offered,
                  "the server queues no writes; the client sends them again, and a command with "
                  "the same Idempotency-Key takes effect once (" +
                      std::to_string(writes.refused) + " refused here)"});
  rows.push_back(recovers(evidence));
}

void judge_cache(const DrillEvidence& evidence, std::vector<VerdictRow>& rows) {
  const bool is_flush = evidence.drill == Drill::redis_flush;
  rows.push_back(goes_on(evidence, "S3-27",
                         is_flush ? "cache emptied: everything from the database, slower but works"
                                  : "cache down: everything from the database, slower but works"));
  rows.push_back(recovers(evidence));
}

void judge_workers(const DrillEvidence& evidence, std::vector<VerdictRow>& rows) {
  const auto writes = count_during_fault(evidence, {RequestKind::write});
  const bool has_grown = evidence.backlog_peak > evidence.backlog_before;
  rows.push_back({"S3-28", "workers down: the backlog grows, commands and pages go on",
                  passes(has_grown && share(writes.answered(), writes.sent) >= min_good_share),
                  "backlog " + std::to_string(evidence.backlog_before) + " before, " +
                      std::to_string(evidence.backlog_peak) + " at most; " +
                      of(writes.answered(), writes.sent) + " writes answered meanwhile"});
  const bool is_drained =
      evidence.drained_after.has_value() && evidence.backlog_end <= max_backlog_end;
  rows.push_back({"S3-29", "more workers can be added, and the backlog drains", passes(is_drained),
                  "with two workers drained " + after(evidence.drained_after) +
                      " the fault's end; backlog " + std::to_string(evidence.backlog_end)});
  rows.push_back(goes_on(evidence, "", "reads do not depend on workers"));
}

// A connection that the server closes while a request is on its way is lost by the rules of HTTP.
void judge_restart(const DrillEvidence& evidence, std::vector<VerdictRow>& rows) {
  std::uint64_t lost = 0, errors = 0;
  for (const auto& answer : evidence.answers) {
    lost += answer.outcome == Outcome::connection_lost ? 1 : 0;
    errors += answer.outcome == Outcome::server_error ? 1 : 0;
  }
  rows.push_back({"", "requests in flight are answered, others are refused", passes(errors == 0),
                  std::to_string(errors) + " answers of 5xx but 503, " + std::to_string(lost) +
                      " connections closed with a request on its way"});
  rows.push_back(recovers(evidence));
}

}  // namespace

std::string_view name_of(Drill drill) {
  for (const auto& [value, name] : drills)
    if (value == drill) return name;
  return "";
}

std::vector<std::string> drill_names() {
  std::vector<std::string> names;
  for (const auto& drill : drills) names.emplace_back(drill.second);
  return names;
}

std::optional<Drill> parse_drill(std::string_view name) {
  for (const auto& [value, known] : drills)
    if (known == name) return value;
  return std::nullopt;
}

std::string_view name_of(RowResult result) {
  switch (result) {
    case RowResult::pass:
      return "pass";
    case RowResult::fail:
      return "fail";
    case RowResult::not_offered:
      return "not offered";
  }
  return "";
}

std::vector<VerdictRow> judge(const DrillEvidence& evidence) {
  std::vector<VerdictRow> rows;
  switch (evidence.drill) {
    case Drill::pg_down:
      judge_database(evidence, rows);
      break;
    case Drill::redis_down:
    case Drill::redis_flush:
      judge_cache(evidence, rows);
      break;
    case Drill::worker_kill:
      judge_workers(evidence, rows);
      break;
    case Drill::restart:
      judge_restart(evidence, rows);
      break;
  }
  rows.push_back(loses_nothing(evidence));
  return rows;
}

bool has_failed(const std::vector<VerdictRow>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const VerdictRow& row) { return row.result == RowResult::fail; });
}

}  // namespace feedctl::loadtest
