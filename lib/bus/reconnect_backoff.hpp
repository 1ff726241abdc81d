#pragma once
// Reconnect back-off: full jitter below a bound that doubles with each failure. One thread at a
// time.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace feedctl::bus {

class ReconnectBackoff {
 public:
  explicit ReconnectBackoff(std::chrono::milliseconds cap) : cap_(cap) {}

  std::chrono::milliseconds delay() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Deadline::Clock::now());
    return std::max(left, std::chrono::milliseconds{0});
  }
  void on_failure() {
    next_ = Deadline::Clock::now() + full_jitter(attempt_, std::chrono::milliseconds{50}, cap_);
    attempt_ = std::min(attempt_ + 1, 20);
  }
  // True: a failure came before.
  bool on_success() { return std::exchange(attempt_, 0) > 0; }

 private:
  std::chrono::milliseconds cap_;
  int attempt_ = 0;
  Deadline::Clock::time_point next_{};
};

// Repeats `attempt` while it throws Error(unavailable), until the deadline; then throws that error.
template <typename Attempt>
auto retry_until(const Deadline& deadline, const ReconnectBackoff& backoff, Attempt attempt) {
  for (;;) {
    try {
      return attempt();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || deadline.is_expired()) throw;
    }
    const auto pause = std::max(backoff.delay(), std::chrono::milliseconds{10});
    std::this_thread::sleep_for(std::min(pause, deadline.remaining()));
  }
}

}  // namespace feedctl::bus
