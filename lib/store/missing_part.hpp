#pragma once
// The server refuses a row that no partition takes: a clock went ahead of those that were made, or
// one was dropped or detached. Whoever meets that makes what is missing, and tries again.
#include <chrono>
#include <functional>
#include <mutex>

#include "store/database.hpp"

namespace feedctl::store {

bool part_is_missing(const SqlError& error);

// However many were refused, one at a time in this process makes parts. Thread-safe.
class MissingParts {
 public:
  using Clock = std::chrono::steady_clock;
  static MissingParts& instance();

  // Whether a statement that began at `began` and was refused is worth another try. `make` makes
  // parts and tells how many; where it fails or finds none to make it is left alone for a second.
  bool made_since(Clock::time_point began, const std::function<std::int64_t()>& make) noexcept;

 private:
  std::mutex mutex_;
  Clock::time_point made_{}, rests_until_{};
};

}  // namespace feedctl::store
