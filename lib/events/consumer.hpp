#pragma once
// The loop of a durable consumer of the event log: one batch of one slot, its effects and the new
// position in one transaction. A template over the log, so that tests walk this code through every
// interleaving over a log in memory. One object a slot; not thread-safe.
//
// A batch whose error is not transient, or lasts for an hour, runs again event by event; an event
// that fails then is left to a retry job. An abandoned slot, which its last owner did not release,
// starts in crash recovery: its first batch runs one event at a time, and each attempt is recorded
// before it. An event that ended its process three times becomes a dead letter.
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "events/error_classification.hpp"

namespace feedctl::events {

enum class StepResult {
  idle,    // nothing new
  worked,  // a batch is done; more may follow at once
  lost,    // another owner has moved the position; this step had no effect
};

inline constexpr int max_crashes = 3;

// The state of crash recovery of one slot. Plain values.
struct CrashRecovery {
  bool one_by_one = false;    // the slot was abandoned
  std::size_t remaining = 0;  // events of the first batch; 0: not read yet
  // The first event is not done. It may have ended the last owner's process, so no second candidate
  // may run in this process: the next crash would count for both.
  bool poison_candidate = false;
  // The event whose attempt this consumer has recorded: a retry after an error is no crash.
  struct Attempt {
    std::int64_t version = -1, event = 0;
    int crashes = 0;
  } attempt;
  // The saved position may be in the middle of a round (the last batch was full). No later event is
  // read before the end of the round is saved.
  bool may_be_mid_round = true;
};
inline CrashRecovery after_takeover(bool was_abandoned) {
  CrashRecovery recovery;
  recovery.one_by_one = recovery.poison_candidate = was_abandoned;
  return recovery;
}

template <typename Log, typename Clock = std::chrono::steady_clock>
class Consumer {
 public:
  using Unit = typename Log::Unit;
  using Event = typename Log::Event;
  using Batch = typename Log::Batch;
  struct Effects {
    std::function<void(Unit&, std::span<const Event>)> apply;
    std::function<void(Unit&, const Event&, const std::string& error)> retry_later;
    std::function<void(Unit&, const Event&, int crashes)> dead_letter;
  };

  // What is referred to must outlive it.
  Consumer(Log& log, const Effects& effects, int slot, int max_events, CrashRecovery recovery)
      : log_(log), effects_(effects), slot_(slot), max_events_(max_events), recovery_(recovery) {}
  Consumer(Log& log, const Effects& effects, int slot, int max_events, bool was_abandoned)
      : Consumer(log, effects, slot, max_events, after_takeover(was_abandoned)) {}

  // Throws transient errors: the caller tries the same step again later. `idle_save`: saves a new
  // position even if the slot has no new events.
  StepResult step(bool idle_save) {
    if (recovery_.one_by_one) return step_recovery(idle_save);
    try {
      return step_batch(idle_save);
    } catch (const std::exception& error) {
      if (is_transient(error) && !is_retry_window_over()) throw;
    }
    return step_isolated();
  }

  int slot() const { return slot_; }
  const CrashRecovery& recovery() const { return recovery_; }
  // Events of the last step, for metrics.
  std::span<const Event> last_events() const { return last_batch_.events; }

 private:
  StepResult finish(Unit& unit, Batch&& batch) {
    if (!log_.save(unit, slot_, batch)) return StepResult::lost;
    unit.commit();
    failing_since_.reset();
    recovery_.may_be_mid_round = batch.full;
    last_batch_ = std::move(batch);
    return StepResult::worked;
  }

  StepResult finish_empty(Unit& unit, Batch&& batch, bool idle_save) {
    last_batch_ = Batch{};
    failing_since_.reset();
    if (!batch.moved || !(recovery_.may_be_mid_round || idle_save)) return StepResult::idle;
    const bool round_ends = recovery_.may_be_mid_round;
    if (!log_.save(unit, slot_, batch)) return StepResult::lost;
    unit.commit();
    recovery_.may_be_mid_round = false;
    return round_ends ? StepResult::worked : StepResult::idle;
  }

  StepResult step_batch(bool idle_save) {
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, max_events_);
    if (batch.events.empty()) return finish_empty(unit, std::move(batch), idle_save);
    effects_.apply(unit, batch.events);
    return finish(unit, std::move(batch));
  }

  void apply_or_retry_later(Unit& unit, const Event& event) {
    unit.savepoint();
    try {
      effects_.apply(unit, {&event, 1});
    } catch (const std::exception& error) {
      if (is_transient(error) && !is_retry_window_over()) throw;
      unit.rollback_to_savepoint();
      effects_.retry_later(unit, event, describe(error));
    }
  }

  StepResult step_isolated() {
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, max_events_);
    for (const auto& event : batch.events) apply_or_retry_later(unit, event);
    return finish(unit, std::move(batch));
  }

  // A transient error is no crash, even if another event ends the process before the next attempt.
  StepResult step_recovery(bool idle_save) {
    const auto ahead = peek();
    try {
      return step_first_event(ahead, idle_save);
    } catch (const std::exception&) {
      undo_attempt(ahead);
      throw;
    }
  }

  void undo_attempt(const Batch& ahead) {
    if (ahead.events.empty()) return;
    const auto& event = ahead.events.front();
    if (recovery_.attempt.version != ahead.version || recovery_.attempt.event != event.id) return;
    try {
      if (log_.undo_attempt(slot_, ahead, event, recovery_.attempt.crashes)) recovery_.attempt = {};
    } catch (const std::exception&) {
      // The record stays, and so does `attempt`: the next error undoes it.
    }
  }

  StepResult step_first_event(const Batch& ahead, bool idle_save) {
    if (ahead.events.empty()) {
      recovery_.one_by_one = recovery_.poison_candidate = false;
      return step_batch(idle_save);
    }
    if (recovery_.remaining == 0) recovery_.remaining = ahead.events.size();
    const auto crashes = begin_attempt(ahead);
    if (!crashes) return StepResult::lost;
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, 1);
    if (batch.events.empty() || batch.version != ahead.version) return StepResult::lost;
    // An earlier event has become visible since: its attempt is not recorded.
    if (batch.events.front().id != ahead.events.front().id) {
      last_batch_ = Batch{};
      return StepResult::worked;
    }
    if (*crashes >= max_crashes)
      effects_.dead_letter(unit, batch.events.front(), *crashes);
    else
      apply_or_retry_later(unit, batch.events.front());
    const auto step = finish(unit, std::move(batch));
    if (step == StepResult::worked) {
      recovery_.poison_candidate = false;
      if (--recovery_.remaining == 0) recovery_.one_by_one = false;
    }
    return step;
  }

  // Records that the next event begins. Returns how often it has ended its process before.
  std::optional<int> begin_attempt(const Batch& ahead) {
    const auto& event = ahead.events.front();
    auto& attempt = recovery_.attempt;
    if (attempt.version == ahead.version && attempt.event == event.id) return attempt.crashes;
    const auto crashes = log_.record_attempt(slot_, ahead, event);
    if (crashes) attempt = {ahead.version, event.id, *crashes};
    return crashes;
  }

  Batch peek() {
    auto unit = log_.begin();
    return log_.read(unit, slot_, recovery_.remaining > 0 ? 1 : max_events_);
  }

  // A failure that lasts for an hour no longer counts as transient.
  bool is_retry_window_over() {
    if (!failing_since_) failing_since_ = Clock::now();
    return Clock::now() - *failing_since_ > std::chrono::hours{1};
  }

  Log& log_;
  const Effects& effects_;
  const int slot_;
  const int max_events_;
  CrashRecovery recovery_;
  std::optional<typename Clock::time_point> failing_since_;
  Batch last_batch_{};
};

}  // namespace feedctl::events
