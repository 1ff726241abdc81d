#pragma once
// One step of a job runner: claim a job, run one chunk of it, save the progress. A template over
// the store, so that tests walk this code through every interleaving over a store in memory. A
// claim that expires counts as a crash. A job that has crashed runs alone. A failure that the
// database could not be told is reported before anything else.
#include <optional>
#include <string>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "events/error_classification.hpp"
#include "jobs/runner_state.hpp"

namespace feedctl::jobs {

inline constexpr int max_attempts = 8;
inline constexpr int max_crashes = 3;

template <typename Store>
class JobStep {
 public:
  JobStep(Store& store, RunnerState& state) : store_(store), state_(state) {}

  // `handlers` maps kinds to callables of a unit and a job. False: nothing to do now.
  template <typename Registry>
  bool run(Priority priority, const Registry& handlers) {
    auto& unreported = state_.unreported_failures[static_cast<std::size_t>(priority)];
    if (unreported) report_failure(*unreported);
    unreported.reset();
    const auto ran = claim_and_run(priority, handlers, false);
    return ran ? *ran : claim_and_run(priority, handlers, true).value_or(false);
  }

 private:
  // nullopt: the next job must be claimed with `exclusive`.
  template <typename Registry>
  std::optional<bool> claim_and_run(Priority priority, const Registry& handlers, bool exclusive) {
    const ExclusiveGate::GateLock lock(state_.gate, exclusive);
    const auto claimed = store_.claim(priority, exclusive);
    if (!claimed) return false;
    if (claimed->requires_exclusive) return std::nullopt;
    if (claimed->crashes >= max_crashes) {
      store_.dead_letter(*claimed,
                         "ended its process " + std::to_string(claimed->crashes) + " times");
      return true;
    }
    try {
      const auto handler = handlers.find(claimed->job.kind);
      if (handler == handlers.end()) {
        throw Error(ErrorCode::internal, "no such kind of job: " + claimed->job.kind);
      }
      run_chunk(*claimed, handler->second);
    } catch (const std::exception& error) {
      on_failure(*claimed, error);
    }
    return true;
  }

  template <typename Handler>
  void run_chunk(const ClaimedJob& claimed, const Handler& handle) {
    auto unit = store_.begin();
    if (!store_.lock(unit, claimed)) return;
    const auto chunk = handle(unit, claimed.job);
    if (chunk.cursor)
      store_.save(unit, claimed, chunk);
    else
      store_.finish(unit, claimed);
    unit.commit();
    store_.done(claimed, chunk);
  }

  // A failure that passes by itself is not counted, as in a batch.
  void on_failure(const ClaimedJob& claimed, const std::exception& error) {
    using std::chrono::milliseconds;
    constexpr milliseconds shortest{500}, longest{std::chrono::minutes{5}};
    const bool counts = !events::is_transient(error);
    const auto what = events::describe(error);
    if (counts && claimed.job.attempts + 1 >= max_attempts) {
      store_.dead_letter(claimed, what);
      return;
    }
    auto& unreported = state_.unreported_failures[static_cast<std::size_t>(claimed.job.priority)];
    unreported = {claimed, shortest + full_jitter(claimed.job.attempts, shortest, longest), what,
                  counts};
    report_failure(*unreported);
    unreported.reset();
  }

  void report_failure(const RunnerState::Failure& failed) {
    store_.fail(failed.claimed, failed.retry_in, failed.error, failed.counts_as_attempt);
  }

  Store& store_;
  RunnerState& state_;
};

}  // namespace feedctl::jobs
