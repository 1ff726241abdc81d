#pragma once
// Keeps a message that any number of requests may cause to one a second. Thread-safe.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace feedctl::http {

class OnceASecond {
 public:
  // How many were held back since the last one that went out; nullopt: hold this one back too.
  std::optional<std::size_t> turn() {
    const auto now = Clock::now().time_since_epoch();
    auto due = due_.load();
    if (now < due || !due_.compare_exchange_strong(due, now + std::chrono::seconds{1})) {
      ++held_back_;
      return std::nullopt;
    }
    return held_back_.exchange(0);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::atomic<Clock::duration> due_{Clock::duration::zero()};
  std::atomic<std::size_t> held_back_{0};
};

// The same for messages of several kinds, each by itself. Where there are more kinds than it keeps,
// those that come later are one kind together.
class EachOnceASecond {
 public:
  explicit EachOnceASecond(std::size_t most_kinds) : most_(most_kinds) {}

  std::optional<std::size_t> turn(const std::string& kind) {
    const std::lock_guard lock(mutex_);
    const bool room = kinds_.size() < most_ || kinds_.count(kind) != 0;
    return room ? kinds_[kind].turn() : others_.turn();
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::map<std::string, OnceASecond> kinds_;
  OnceASecond others_;
};

}  // namespace feedctl::http
