#include "events/slot_table.hpp"

#include <algorithm>
#include <utility>

#include "base/backoff.hpp"

namespace feedctl::events {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds max_wait{100};  // of a worker without a relay

}  // namespace

void SlotTable::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  stopping_.notify_all();
}

bool SlotTable::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void SlotTable::sleep_for(milliseconds time) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, time, [this] { return stop_; });
}

bool SlotTable::owns(int slot) const {
  const std::lock_guard lock(mutex_);
  return slots_[index_of(slot)].consumer != nullptr;
}

std::vector<int> SlotTable::owned_slots() const {
  const std::lock_guard lock(mutex_);
  std::vector<int> out;
  for (int slot = 0; slot < work_slots; ++slot) {
    if (slots_[index_of(slot)].consumer) out.push_back(slot);
  }
  return out;
}

bool SlotTable::is_failing_for(Clock::duration age) const {
  const std::lock_guard lock(mutex_);
  if (acquisition_failures_.is_older_than(age)) return true;
  return std::any_of(slots_.begin(), slots_.end(), [age](const SlotState& state) {
    return state.failure_streak.is_older_than(age);
  });
}

// ---- leases

bool SlotTable::needs_consumer(int slot) const {
  const std::lock_guard lock(mutex_);
  const auto& state = slots_[index_of(slot)];
  return !state.consumer && !state.busy;
}

void SlotTable::put_consumer(int slot, std::unique_ptr<Consumer<ConsumerLog>> consumer) {
  const std::lock_guard lock(mutex_);
  auto& state = slots_[index_of(slot)];
  state = SlotState{};
  state.consumer = std::move(consumer);
  state.has_new_events = true;
  changed_.notify_all();
}

void SlotTable::forget(int slot) {
  const std::lock_guard lock(mutex_);
  auto& state = slots_[index_of(slot)];
  state.forget_when_idle = true;
  if (!state.busy) state = SlotState{};
}

void SlotTable::release_when_idle(int slot) {
  const std::lock_guard lock(mutex_);
  slots_[index_of(slot)].release_when_idle = true;
}

bool SlotTable::take_releasable(int slot) {
  const std::lock_guard lock(mutex_);
  auto& state = slots_[index_of(slot)];
  if (!state.release_when_idle || state.busy) return false;
  state = SlotState{};
  return true;
}

void SlotTable::record_acquisition(bool failed) {
  const std::lock_guard lock(mutex_);
  acquisition_failures_.record(failed);
}

// ---- news

void SlotTable::notify(int slot) {
  {
    const std::lock_guard lock(mutex_);
    if (slot < 0 || slot >= slot_count) return;
    slots_[index_of(slot)].has_new_events = true;
  }
  changed_.notify_all();
}

void SlotTable::notify_all() {
  for (int slot = 0; slot < slot_count; ++slot) notify(slot);
}

// ---- batches

std::optional<int> SlotTable::wait_for_slot() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto time = Clock::now();
    for (int i = 1; i <= slot_count; ++i) {
      const int slot = (last_slot_ + i) % slot_count;
      if (try_begin_run(slot, time)) return slot;
    }
    changed_.wait_for(lock, relay_interval_.value_or(max_wait));
  }
  return std::nullopt;
}

bool SlotTable::is_due(int slot, const SlotState& state, Clock::time_point time) const {
  if (!state.consumer || state.busy || state.release_when_idle || state.forget_when_idle)
    return false;
  if (state.retry_at > time) return false;
  // With a bus only the relay reads the log, once an interval.
  const bool is_relay = slot == relay_slot && relay_interval_;
  return state.has_new_events ||
         (is_relay ? state.saved_at + *relay_interval_ : state.next_check) <= time;
}

// Only one slot at a time runs a poison candidate.
bool SlotTable::try_begin_run(int slot, Clock::time_point time) {
  auto& state = slots_[index_of(slot)];
  if (!is_due(slot, state, time)) return false;
  const bool suspect = state.consumer->recovery().poison_candidate;
  if (suspect && exclusive_running_) return false;
  if (suspect) state.exclusive = exclusive_running_ = true;
  last_slot_ = slot;
  state.busy = true;
  state.has_new_events = false;
  state.next_check = time + idle_check_interval;
  return true;
}

void SlotTable::finish_run(int slot, StepResult step, bool failed) {
  const std::lock_guard lock(mutex_);
  auto& state = slots_[index_of(slot)];
  state.busy = false;
  if (std::exchange(state.exclusive, false)) exclusive_running_ = false;
  state.failure_streak.record(failed);
  // If another owner has the slot, the next renewal tells.
  if (failed || step == StepResult::lost) {
    state.has_new_events = true;
    state.retry_at = Clock::now() + milliseconds{10} +
                     full_jitter(state.failures++, milliseconds{20}, milliseconds{5000});
  } else {
    state.failures = 0;
    if (step == StepResult::worked) state.has_new_events = true;
  }
  if (state.forget_when_idle) state = SlotState{};
  changed_.notify_all();
}

}  // namespace feedctl::events
