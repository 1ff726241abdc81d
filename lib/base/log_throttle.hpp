#pragma once
// Throttles the log of a condition that may last for hours and recurs at every retry: a message is
// logged at once, when its text changes, and then once an interval. One thread at a time.
// LogRateLimiter (http_server/log_rate_limiter.hpp) is thread-safe and counts what it suppresses.
#include <chrono>
#include <string>
#include <string_view>

namespace feedctl {

class LogThrottle {
 public:
  using Clock = std::chrono::steady_clock;
  explicit LogThrottle(Clock::duration interval) : interval_(interval) {}

  // Whether the caller should log `message` now.
  bool should_log(std::string_view message) {
    const auto now = Clock::now();
    if (now < next_ && message == last_message_) return false;
    next_ = now + interval_;
    last_message_ = message;
    return true;
  }

 private:
  const Clock::duration interval_;
  Clock::time_point next_{};
  std::string last_message_;
};

}  // namespace feedctl
