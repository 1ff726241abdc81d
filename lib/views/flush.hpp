#pragma once
// The flush: moves view counters from Redis to PostgreSQL, each exactly once.
//
// It rotates the live counters into immutable batches and applies every batch that Redis holds,
// also those that a crashed flush left. Views are rows (day, post, user): applying one twice
// changes nothing. A batch of impressions is applied in one transaction with a ledger row, and only
// after the durability horizon: then a crash of Redis cannot bring its counts back to the live
// hash. The fence detects a Redis that was restored from something older: a new epoch begins, and
// its live impressions are dropped or applied, as the options say. docs/views.md has the cases.
//
// Any number of flushes may run at once; they only do each other's work. Not thread-safe.
//
// Errors: Error(unavailable) if Redis or PostgreSQL does not answer, Error(config) if Redis may
// lose counters and the options do not allow that. What was not applied waits for the next run.
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>

#include "views/counter_buffer.hpp"
#include "views/flush_store.hpp"

namespace feedctl::views {

enum class OnRollback { drop, apply };

struct FlushOptions {
  using Clock = std::chrono::steady_clock;

  bool allow_lossy = false;  // also flushes a Redis that may lose counters
  OnRollback on_rollback = OnRollback::drop;
  // Whether a run waits until its youngest batch has passed the horizon; else that batch waits for
  // the next run.
  bool wait_for_horizon = true;
  bool is_periodic = false;      // runs without work are logged as debug
  int max_views_per_second = 0;  // 0: no limit
  std::function<Clock::time_point()> clock = Clock::now;
  std::function<void(std::chrono::milliseconds)> sleep = {};  // {}: the thread sleeps
  std::function<void(std::int64_t views)> on_progress = {};   // so many more views or impressions
  std::function<bool()> should_stop = {};                     // called between chunks
};

struct FlushReport {
  std::int64_t batches = 0;       // applied in this run
  std::int64_t views = 0;         // new unique views
  std::int64_t repeated = 0;      // views that were counted before
  std::int64_t expired = 0;       // views of a day too far from today to be counted
  std::int64_t impressions = 0;   // added to contents
  std::int64_t orphaned = 0;      // views and impressions of what is gone
  std::int64_t dropped = 0;       // impressions that a rollback made doubtful
  std::int64_t posts = 0;         // with new views
  std::int64_t contents = 0;      // with new impressions
  std::int64_t failed = 0;        // batches that could not be applied
  std::int64_t waiting = 0;       // batches younger than the horizon
  std::int64_t recovered = 0;     // batches that an earlier run had left, unregistered ones too
  std::int64_t rollbacks = 0;     // of Redis, detected in this run
  std::int64_t restarts = 0;      // of Redis since the run before, or failovers
  std::int64_t unregistered = 0;  // batches that the registry lacked
  bool stopped = false;
  // Counters of so long a time, before a rollback or restart, may be lost. nullopt: of any time.
  std::optional<std::chrono::milliseconds> lost_window{0};
};

class Flush {
 public:
  Flush(CounterBuffer& buffer, FlushStore& store, FlushOptions options);

  // One pass. A Flush that lives on remembers the age of waiting batches.
  FlushReport run();

 private:
  Fence fence();
  void note_restart(const Durability& durability);
  void note_rollback();
  std::chrono::milliseconds settled_at() const;
  void add_lost_window(std::optional<std::chrono::milliseconds> window);
  Fence begin_epoch(const std::string& previous);
  void establish(const EpochRecord& record);
  void log_end() const;
  void forget_dropped(const std::vector<Batch>& batches);
  void rotate_all();
  template <typename Rotate>
  void rotate(const Rotate& rotate);
  void apply_all(const std::vector<Batch>& batches);
  bool is_due(const Batch& batch);
  void wait_for_horizon(const std::vector<Batch>& batches);
  void apply(const Batch& batch);
  void apply_views(const Batch& batch);
  bool is_doubtful(const Batch& batch);
  void apply_impressions(const Batch& batch);
  template <typename Work>
  std::invoke_result_t<Work> retry(Work&& work);
  void throttle(std::int64_t views);
  bool should_stop();
  void sleep(std::chrono::milliseconds time) const;

  CounterBuffer& buffer_;
  FlushStore& store_;
  const FlushOptions options_;
  std::chrono::milliseconds horizon_{0};
  Fence fence_;
  ServerState server_;
  FlushReport report_;
  // Counters from before this time of Redis are in PostgreSQL: the begin of the last run that left
  // nothing. 0: no run has.
  std::chrono::milliseconds all_applied_until_{0};
  bool is_connected_ = false;  // "Redis connected successfully" was logged
  std::map<std::string, FlushOptions::Clock::time_point> first_seen_;  // impressions' batches
  std::optional<FlushOptions::Clock::time_point> registry_checked_at_, ledger_pruned_at_;
  FlushOptions::Clock::time_point next_views_at_{};
};

}  // namespace feedctl::views
