#pragma once
// A circuit breaker: five errors within a second open it; then it lets one probe a second through
// until one succeeds. Thread-safe.
#include <chrono>
#include <deque>
#include <mutex>

namespace feedctl::redis {

class CircuitBreaker {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether the caller may try an operation now.
  bool allow(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (!is_open_) return true;
    if (now < next_probe_) return false;
    next_probe_ = now + interval;
    return true;
  }

  // True if this failure opened it.
  bool on_failure(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    errors_.push_back(now);
    while (errors_.size() > failure_threshold || now - errors_.front() > interval)
      errors_.pop_front();
    if (is_open_ || errors_.size() < failure_threshold) return false;
    is_open_ = true;
    next_probe_ = now + interval;
    return true;
  }

  // True if this success closed it.
  bool on_success() {
    const std::lock_guard lock(mutex_);
    if (!is_open_) return false;
    is_open_ = false;
    errors_.clear();
    return true;
  }

 private:
  static constexpr std::size_t failure_threshold = 5;
  static constexpr std::chrono::seconds interval{1};

  std::mutex mutex_;
  std::deque<Clock::time_point> errors_;
  bool is_open_ = false;
  Clock::time_point next_probe_;
};

}  // namespace feedctl::redis
