#pragma once
// Waits for a condition that another thread or process makes true.
#include <algorithm>
#include <chrono>
#include <thread>

namespace feedctl::support {

// Evaluates `condition` every 10 ms; false after `timeout`, which a busy machine exceeds up to
// five times, but not before two minutes.
template <typename Condition>
bool eventually(std::chrono::milliseconds timeout, Condition condition) {
  constexpr int busy_factor = 5;
  constexpr std::chrono::milliseconds min_timeout = std::chrono::minutes{2};
  const auto deadline =
      std::chrono::steady_clock::now() + std::max(timeout * busy_factor, min_timeout);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

template <typename Condition>
bool eventually(Condition condition) {
  return eventually(std::chrono::seconds{30}, condition);
}

}  // namespace feedctl::support
