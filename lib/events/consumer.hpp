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

// How a consumer stands to its slot, beside the position. Plain values.
struct Care {
  bool singly = false;   // the last owner did not give the slot back
  std::size_t left = 0;  // of the first batch, which then goes one by one; 0: not read yet
  // Its first event has not ended yet. That one may be what ended the last owner, so no other such
  // one may be at work in this process: the next crash would count for both.
  bool suspect = false;
  // The event that this consumer has noted as begun: trying it again after an error is no crash.
  struct Begun {
    std::int64_t version = -1, event = 0;
    int crashes = 0;
  } begun;
  // The position may stand at the end of what was read up to one snapshot. Until that is saved,
  // nothing younger is read.
  bool in_round = true;
};
inline Care after_takeover(bool dirty) {
  Care care;
  care.singly = care.suspect = dirty;
  return care;
}

template <typename Log, typename Clock = std::chrono::steady_clock>
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

  // What is referred to must outlive it.
  Consumer(Log& log, const Effects& effects, int slot, int most, Care care)
      : log_(log), effects_(effects), slot_(slot), most_(most), care_(care) {}
  // `singly`: the last owner did not give the slot back.
  Consumer(Log& log, const Effects& effects, int slot, int most, bool singly)
      : Consumer(log, effects, slot, most, after_takeover(singly)) {}

  // Throws what is transient: the same step is to be tried again later. `idle_save`: save a
  // position that only others' events have moved.
  Step step(bool idle_save) {
    if (care_.singly) return step_singly(idle_save);
    try {
      return step_whole(idle_save);
    } catch (const std::exception& error) {
      if (is_transient(error) && !out_of_patience()) throw;
    }
    return step_apart();
  }

  int slot() const { return slot_; }
  const Care& care() const { return care_; }
  // Events of the last step, for metrics.
  std::span<const Event> last() const { return last_.events; }

 private:
  Step finish(Unit& unit, Batch&& batch) {
    if (!log_.save(unit, slot_, batch)) return Step::lost;
    unit.commit();
    failing_since_.reset();
    care_.in_round = batch.full;
    last_ = std::move(batch);
    return Step::worked;
  }

  Step nothing_new(Unit& unit, Batch&& batch, bool idle_save) {
    last_ = Batch{};
    failing_since_.reset();
    if (!batch.moved || !(care_.in_round || idle_save)) return Step::idle;
    const bool round_ends = care_.in_round;
    if (!log_.save(unit, slot_, batch)) return Step::lost;
    unit.commit();
    care_.in_round = false;
    return round_ends ? Step::worked : Step::idle;
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
      if (is_transient(error) && !out_of_patience()) throw;
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

  // An error that passes is no crash, also where another event ends the process before the next
  // try.
  Step step_singly(bool idle_save) {
    const auto ahead = peek();
    try {
      return step_one(ahead, idle_save);
    } catch (const std::exception&) {
      unmark(ahead);
      throw;
    }
  }

  void unmark(const Batch& ahead) {
    if (ahead.events.empty()) return;
    const auto& event = ahead.events.front();
    if (care_.begun.version != ahead.version || care_.begun.event != event.id) return;
    try {
      if (log_.unmark_try(slot_, ahead, event, care_.begun.crashes)) care_.begun = {};
    } catch (const std::exception&) {
      // The note stands, and so does `begun`: the next error takes it back.
    }
  }

  Step step_one(const Batch& ahead, bool idle_save) {
    if (ahead.events.empty()) {
      care_.singly = care_.suspect = false;
      return step_whole(idle_save);
    }
    if (care_.left == 0) care_.left = ahead.events.size();
    const auto crashes = crashes_of(ahead);
    if (!crashes) return Step::lost;
    auto unit = log_.begin();
    auto batch = log_.read(unit, slot_, 1);
    if (batch.events.empty() || batch.version != ahead.version) return Step::lost;
    // One that has come to light since stands before it: that one is not the one begun.
    if (batch.events.front().id != ahead.events.front().id) {
      last_ = Batch{};
      return Step::worked;
    }
    if (*crashes >= crashes_to_bury)
      effects_.bury(unit, batch.events.front(), *crashes);
    else
      apply_or_park(unit, batch.events.front());
    const auto step = finish(unit, std::move(batch));
    if (step == Step::worked) {
      care_.suspect = false;
      if (--care_.left == 0) care_.singly = false;
    }
    return step;
  }

  // Notes that the next event is begun; how often it has ended its process before.
  std::optional<int> crashes_of(const Batch& ahead) {
    const auto& event = ahead.events.front();
    auto& begun = care_.begun;
    if (begun.version == ahead.version && begun.event == event.id) return begun.crashes;
    const auto crashes = log_.mark_try(slot_, ahead, event);
    if (crashes) begun = {ahead.version, event.id, *crashes};
    return crashes;
  }

  Batch peek() {
    auto unit = log_.begin();
    return log_.read(unit, slot_, care_.left > 0 ? 1 : most_);
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
  Care care_;
  std::optional<typename Clock::time_point> failing_since_;
  Batch last_{};
};

}  // namespace feedctl::events
