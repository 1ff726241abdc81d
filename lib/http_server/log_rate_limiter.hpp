#pragma once
// Limits a log message that any number of requests may cause to one a second, and counts those that
// it suppresses. Thread-safe. LogThrottle (base/log_throttle.hpp) is for one thread and logs a text
// at once when it changes.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace feedctl::http {

class LogRateLimiter {
 public:
  // The number of messages suppressed since the last one, where the caller may log; else nullopt.
  std::optional<std::size_t> try_log() {
    const auto now = Clock::now().time_since_epoch();
    auto due = next_log_at_.load();
    if (now < due || !next_log_at_.compare_exchange_strong(due, now + std::chrono::seconds{1})) {
      ++suppressed_;
      return std::nullopt;
    }
    return suppressed_.exchange(0);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::atomic<Clock::duration> next_log_at_{Clock::duration::zero()};
  std::atomic<std::size_t> suppressed_{0};
};

// The same for messages of several kinds, each by itself. Beyond max_kinds all later kinds share
// one limit.
class KeyedLogRateLimiter {
 public:
  explicit KeyedLogRateLimiter(std::size_t max_kinds) : max_kinds_(max_kinds) {}

  std::optional<std::size_t> try_log(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    const bool has_limiter = kinds_.size() < max_kinds_ || kinds_.count(kind) != 0;
    return has_limiter ? kinds_[kind].try_log() : others_.try_log();
  }

 private:
  const std::size_t max_kinds_;
  std::mutex mutex_;
  std::map<std::string, LogRateLimiter> kinds_;
  LogRateLimiter others_;
};

}  // namespace feedctl::http
