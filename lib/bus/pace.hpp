#pragma once
// When a connection that failed may be tried again: after a random wait below a bound that doubles
// with each failure. Used by one thread at a time.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "base/backoff.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace feedctl::bus {

class Pace {
 public:
  explicit Pace(std::chrono::milliseconds cap) : cap_(cap) {}

  std::chrono::milliseconds wait() const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - Deadline::Clock::now());
    return std::max(left, std::chrono::milliseconds{0});
  }
  void failed() {
    next_ = Deadline::Clock::now() + full_jitter(attempt_, std::chrono::milliseconds{50}, cap_);
    attempt_ = std::min(attempt_ + 1, 20);
  }
  // True where it had failed before.
  bool succeeded() { return std::exchange(attempt_, 0) > 0; }

 private:
  std::chrono::milliseconds cap_;
  int attempt_ = 0;
  Deadline::Clock::time_point next_{};
};

// Repeats `attempt` while the carrier is unavailable, until the deadline; then its error.
template <typename Attempt>
auto keep_trying(const Deadline& deadline, const Pace& pace, Attempt attempt) {
  for (;;) {
    try {
      return attempt();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || deadline.over()) throw;
    }
    const auto pause = std::max(pace.wait(), std::chrono::milliseconds{10});
    std::this_thread::sleep_for(std::min(pause, deadline.left()));
  }
}

}  // namespace feedctl::bus
