#pragma once
// What a worker knows of one slot. The mutex of its SlotTable guards it.
#include <chrono>
#include <memory>
#include <optional>

#include "events/consumer.hpp"
#include "events/consumer_log.hpp"

namespace feedctl::events {

// Since when something does nothing but fail.
class FailureStreak {
 public:
  using Clock = std::chrono::steady_clock;

  void record(bool failed) {
    if (!failed)
      since_.reset();
    else if (!since_)
      since_ = Clock::now();
  }
  bool is_older_than(Clock::duration age) const { return since_ && *since_ < Clock::now() - age; }

 private:
  std::optional<Clock::time_point> since_;
};

struct SlotState {
  std::unique_ptr<Consumer<ConsumerLog>> consumer;  // nullptr: not owned
  bool busy = false;
  bool exclusive = false;  // runs a poison candidate (CrashRecovery)
  bool has_new_events = false;
  bool release_when_idle = false;
  bool forget_when_idle = false;  // the session is gone
  int failures = 0;
  FailureStreak failure_streak;
  std::chrono::steady_clock::time_point retry_at{};
  std::chrono::steady_clock::time_point next_check{};
  std::chrono::steady_clock::time_point saved_at{};
};

}  // namespace feedctl::events
