#include "feedctl/readiness/checks.hpp"

#include "base/error.hpp"
#include "events/parts.hpp"
#include "events/write_probe.hpp"
#include "store/guard.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int many_refusals = 3;

// Schema, cluster, encoding and what else store/guard.hpp names.
std::optional<NotReady> is_fit(store::Database& database) {
  const auto problem = store::look_again(database);
  if (!problem) return std::nullopt;
  return NotReady{problem->name, problem->reason + "; " + problem->hint};
}

// Without a partition for them every write fails.
std::optional<NotReady> takes_events(store::Database& database) {
  if (events::takes_events(database)) return std::nullopt;
  return NotReady{
      "log", "the event log has no part for now, and no write succeeds; run feedctl doctor"};
}

std::optional<NotReady> takes_writes(store::Database& database) {
  if (store::is_standby(database)) {
    throw Error(ErrorCode::unavailable, "the database is a standby, which takes no writes");
  }
  if (const auto refusal = events::try_write(database)) return NotReady{"writes", refusal->reason};
  return std::nullopt;
}

// Where some connections can write and others cannot, no single try tells.
std::optional<NotReady> refuses_no_writes(store::Database&) {
  const auto refusals = store::recent_refusals();
  if (refusals.count < many_refusals) return std::nullopt;
  return NotReady{"writes", "writes were refused within the last ten seconds: " + refusals.message};
}

}  // namespace

std::vector<ReadinessCheck> readiness_checks() {
  return {{"fit", 0ms, is_fit},
          {"log", 0ms, takes_events},
          {"writes", 2s, takes_writes},
          {"refusals", 0ms, refuses_no_writes}};
}

void watch(store::Database& database) {
  try {
    store::look_again(database);
  } catch (const Error&) {
    // Away: whoever needs it says so. What was known of it stands.
  }
}

std::vector<Readiness::Known> Readiness::begin() {
  std::vector<Known> known;
  for (auto& check : readiness_checks()) known.push_back({std::move(check)});
  return known;
}

// A write that was refused since makes every answer old.
bool Readiness::is_current(const Known& known) const {
  return known.asked != Clock::time_point{} && Clock::now() - known.asked < known.check.keep &&
         store::recent_refusals().last < known.asked;
}

std::optional<NotReady> Readiness::look() {
  const std::lock_guard lock(mutex_);
  for (auto& known : checks_) {
    if (!is_current(known)) {
      const auto now = Clock::now();
      known.answer = known.check.ask(database_);
      known.asked = now;
    }
    if (known.answer) return known.answer;
  }
  return std::nullopt;
}

}  // namespace feedctl::app
