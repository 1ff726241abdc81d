#pragma once
// The slots of one worker: which of them it owns, which have new events, and which one runs next.
// The threads of the worker meet here, so it also carries the request to stop. Nothing here does
// I/O. Thread-safe.
#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "events/slot_leases.hpp"
#include "events/slot_state.hpp"

namespace feedctl::events {

class SlotTable {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int slot_count = work_slots + 1;  // with relay_slot
  // How often a slot without news is looked at.
  static constexpr std::chrono::milliseconds idle_check_interval{1000};

  // `relay_interval`: how often the relay reads the log; empty: this worker has no relay.
  explicit SlotTable(std::optional<std::chrono::milliseconds> relay_interval)
      : relay_interval_(relay_interval) {}

  // Ends every wait below.
  void stop();
  bool is_stopping() const;
  // Returns after `time`, or at the stop.
  void sleep_for(std::chrono::milliseconds time);

  bool owns(int slot) const;
  std::vector<int> owned_slots() const;  // without relay_slot
  // Whether the batches of a slot, or the attempts to acquire one, do nothing but fail for longer
  // than `age`.
  bool is_failing_for(Clock::duration age) const;

  // -- the thread that keeps the leases

  // Whether a slot whose lease is held has no consumer and runs no batch. A batch from before the
  // lease was lost may still run.
  bool needs_consumer(int slot) const;
  void put_consumer(int slot, std::unique_ptr<Consumer<ConsumerLog>> consumer);
  // The lease is gone. A running batch of the slot ends first.
  void forget(int slot);
  void release_when_idle(int slot);
  // True: the slot was to be released when idle, is idle, and has no consumer from now on.
  bool take_releasable(int slot);
  void record_acquisition(bool failed);

  // -- the thread that watches for news; ignores slots that do not exist
  void notify(int slot);
  void notify_all();

  // -- the threads that run batches

  // The next owned slot with work, round robin; nullopt: stop. The caller alone uses its state
  // until finish_run().
  std::optional<int> wait_for_slot();
  SlotState& running(int slot) { return slots_[index_of(slot)]; }
  void finish_run(int slot, StepResult step, bool failed);

 private:
  static std::size_t index_of(int slot) { return static_cast<std::size_t>(slot); }
  bool is_due(int slot, const SlotState& state, Clock::time_point time) const;
  bool try_begin_run(int slot, Clock::time_point time);

  const std::optional<std::chrono::milliseconds> relay_interval_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable stopping_;
  std::array<SlotState, slot_count> slots_;
  FailureStreak acquisition_failures_;
  int last_slot_ = 0;
  bool exclusive_running_ = false;
  bool stop_ = false;
};

}  // namespace feedctl::events
