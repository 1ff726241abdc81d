#include "feedctl/daemon/readiness.hpp"

#include "base/error.hpp"
#include "events/partitions.hpp"
#include "events/write_probe.hpp"
#include "store/guard.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int min_refusals = 3;
constexpr std::chrono::seconds database_state_period{2};

// Schema, cluster, encoding and the other guards of store/guard.hpp.
std::optional<NotReady> check_guards(store::Database& database) {
  const auto problem = store::recheck(database);
  if (!problem) return std::nullopt;
  return NotReady{problem->name, problem->reason + "; " + problem->hint};
}

// Without a current partition of the log every write fails.
std::optional<NotReady> check_takes_events(store::Database& database) {
  if (events::has_current_partition(database)) return std::nullopt;
  return NotReady{"log",
                  "the event log has no partition for the present time, so every write fails; run "
                  "feedctl doctor"};
}

std::optional<NotReady> check_takes_writes(store::Database& database) {
  if (store::is_standby(database)) {
    throw Error(ErrorCode::unavailable, "the database is a standby, which takes no writes");
  }
  if (const auto refusal = events::probe_write(database))
    return NotReady{"writes", refusal->reason};
  return std::nullopt;
}

// If only some connections can write, a single probe proves nothing.
std::optional<NotReady> check_recent_refusals(store::Database&) {
  const auto refusals = store::recent_write_refusals();
  if (refusals.count < min_refusals) return std::nullopt;
  return NotReady{"writes", "writes were refused within the last ten seconds: " + refusals.message};
}

}  // namespace

std::vector<ReadinessCheck> readiness_checks() {
  return {{"fit", 0ms, check_guards},
          {"log", 0ms, check_takes_events},
          {"writes", 2s, check_takes_writes},
          {"refusals", 0ms, check_recent_refusals}};
}

PeriodicTasks::Task database_state_task(store::Database& database) {
  return {"the database's state", database_state_period, [&database] {
            try {
              store::recheck(database);
            } catch (const Error&) {
              // The database does not answer: its callers report that. The last known state stays.
            }
          }};
}

std::vector<Readiness::CachedCheck> Readiness::make_checks() {
  std::vector<CachedCheck> checks;
  for (auto& check : readiness_checks()) checks.push_back({std::move(check)});
  return checks;
}

// A write refused since then invalidates the cached result.
bool Readiness::is_current(const CachedCheck& cached) const {
  return cached.checked_at != Clock::time_point{} &&
         Clock::now() - cached.checked_at < cached.check.max_age &&
         store::recent_write_refusals().last < cached.checked_at;
}

std::optional<NotReady> Readiness::check() {
  const std::lock_guard lock(mutex_);
  for (auto& cached : checks_) {
    if (!is_current(cached)) {
      const auto now = Clock::now();
      cached.result = cached.check.run(database_);
      cached.checked_at = now;
    }
    if (cached.result) return cached.result;
  }
  return std::nullopt;
}

}  // namespace feedctl::app
