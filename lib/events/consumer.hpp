#pragma once
// The loop of a durable consumer: one batch of one slot, its effects and the new position in one
// transaction. A template over the log, so that the tests walk this very code through every
// interleaving over a log in memory. One object a slot; not thread-safe.
//
// A batch that fails for a reason of its own is run again event by event; the one that fails is
// parked. After a slot was taken over from an owner that did not give it back, its first batch goes
// one by one, with a note of the event committed before each: what ended its process three times is
// buried.
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "events/failure.hpp"

namespace feedctl::events {

enum class Step {
  idle,    // nothing new
  worked,  // a batch is done; more may follow at once
  lost,    // another owner has moved the position: give the slot up
};

inline constexpr int crashes_to_bury = 3;

template <typename Log>
class Consumer {
 public:
  using Unit = typename Log::Unit;
  using Event = typename Log::Event;
  using Batch = typename Log::Batch;
  struct Effects {
    std::function<void(Unit&, std::span<const Event>)> apply;
    std::function<void(Unit&, const Event&, const std::string& error)> park;
    std::function<void(Unit&, const Event&, int crashes)> bury;
  };

  // `singly`: the last owner did not give the slot back. What is referred to must outlive it.
  Consumer(Log& log, const Effects& effects, int slot, int most, bool singly)
      : log_(log), effects_(effects), slot_(slot), most_(most), singly_(singly) {}

  // Throws what is transient: the same step is to be tried again later. `idle_save`: save a
  // position that only others' events have moved.
  Step step(bool idle_save) {
    if (singly_) return step_singly(idle_save);
    try {
      return step_whole(idle_save);
    } catch (const std::exception& error) {
      if (is_transient(error) && !out_of_patience()) throw;
    }
    failing_since_.reset();
    return step_apart();
  }

  int slot() const { return slot_; }
  // Events of the last step, for metrics.
  std::span<const Event> last() const { return last_.events; }

 private:
  using Clock = std::chrono::steady_clock;

  Step finish(Unit& unit, Batch&& batch) {
    if (!log_.save(unit, slot_, batch)) return Step::lost;
    unit.commit();
    failing_since_.reset();
    last_ = std::move(batch);
    return Step::worked;
  }

  Step nothing_new(Unit& unit, Batch&& batch, bool idle_save) {
    last_ = Batch{};
    if (!idle_save || !batch.moved) return Step::idle;
    if (!log_.save(unit, slot_, batch)) return Step::lost;
    unit.commit();
    return Step::idle;
  }

  Step step_whole(bool idle_save) {
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, most_);
    if (batch.events.empty()) return nothing_new(unit, std::move(batch), idle_save);
    effects_.apply(unit, batch.events);
    return finish(unit, std::move(batch));
  }

  void apply_or_park(Unit& unit, const Event& event) {
    unit.savepoint();
    try {
      effects_.apply(unit, {&event, 1});
    } catch (const std::exception& error) {
      if (is_transient(error)) throw;
      unit.rollback_to_savepoint();
      effects_.park(unit, event, describe(error));
    }
  }

  Step step_apart() {
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, most_);
    for (const auto& event : batch.events) apply_or_park(unit, event);
    return finish(unit, std::move(batch));
  }

  Step step_singly(bool idle_save) {
    const auto ahead = peek();
    if (ahead.events.empty()) {
      singly_ = false;
      return step_whole(idle_save);
    }
    if (!left_) left_ = ahead.events.size();
    const auto crashes = log_.mark_try(slot_, ahead, ahead.events.front());
    if (!crashes) return Step::lost;
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, 1);
    if (batch.events.empty() || batch.version != ahead.version) return Step::lost;
    if (*crashes >= crashes_to_bury)
      effects_.bury(unit, batch.events.front(), *crashes);
    else
      apply_or_park(unit, batch.events.front());
    if (--*left_ == 0) {
      left_.reset();
      singly_ = false;
    }
    return finish(unit, std::move(batch));
  }

  Batch peek() {
    auto unit = log_.begin();
    return log_.read(unit, slot_, left_ ? 1 : most_);
  }

  // The same failure for an hour is no longer taken for a passing one.
  bool out_of_patience() {
    if (!failing_since_) failing_since_ = Clock::now();
    return Clock::now() - *failing_since_ > std::chrono::hours{1};
  }

  Log& log_;
  const Effects& effects_;
  const int slot_;
  const int most_;
  bool singly_;
  std::optional<std::size_t> left_;  // of the first batch that goes one by one
  std::optional<Clock::time_point> failing_since_;
  Batch last_{};
};

}  // namespace feedctl::events
