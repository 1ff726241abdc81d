#pragma once
// Keeps a message that any number of requests may cause to one a second. Thread-safe.
#include <atomic>
#include <chrono>
#include <optional>

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

}  // namespace feedctl::http
