#pragma once
// What a worker knows of one slot. The worker's mutex guards it.
#include <chrono>
#include <memory>
#include <optional>

#include "events/consumer.hpp"
#include "events/consumer_log.hpp"

namespace feedctl::events {

struct SlotState {
  std::unique_ptr<Consumer<ConsumerLog>> consumer;  // nullptr: not owned
  bool busy = false;
  bool exclusive = false;  // runs a poison candidate (CrashRecovery)
  bool has_new_events = false;
  bool release_when_idle = false;
  bool forget_when_idle = false;  // the session is gone
  int failures = 0;
  std::optional<std::chrono::steady_clock::time_point> failing_since;
  std::chrono::steady_clock::time_point retry_at{};
  std::chrono::steady_clock::time_point next_check{};
  std::chrono::steady_clock::time_point saved_at{};
};

}  // namespace feedctl::events
