#pragma once
// A circuit breaker: five errors within a second open it, then one probe a second is let through
// until one succeeds. Thread-safe.
#include <chrono>
#include <deque>
#include <mutex>

namespace feedctl::cache {

class Breaker {
 public:
  using Clock = std::chrono::steady_clock;

  // May this call be tried?
  bool allow(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (!open_) return true;
    if (now < next_probe_) return false;
    next_probe_ = now + span;
    return true;
  }

  // True where this failure opened it.
  bool failed(Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    errors_.push_back(now);
    while (errors_.size() > limit || now - errors_.front() > span) errors_.pop_front();
    if (open_ || errors_.size() < limit) return false;
    open_ = true;
    next_probe_ = now + span;
    return true;
  }

  // True where this success closed it.
  bool succeeded() {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    open_ = false;
    errors_.clear();
    return true;
  }

 private:
  static constexpr std::size_t limit = 5;
  static constexpr std::chrono::seconds span{1};

  std::mutex mutex_;
  std::deque<Clock::time_point> errors_;
  bool open_ = false;
  Clock::time_point next_probe_;
};

}  // namespace feedctl::cache
