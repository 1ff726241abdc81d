#pragma once
// Time limit of a daemon's shutdown. While it lives, a further stop signal ends the process at once
// with 128 + the signal, and so does the limit with exit_failed.
//
// It owns a thread, which its destructor ends. Stop signals must be blocked in all threads.
// Committed data stay valid either way.
#include <chrono>
#include <optional>
#include <thread>

namespace feedctl::cli {

class ShutdownTimer {
 public:
  // nullopt: no limit, only signals.
  explicit ShutdownTimer(std::optional<std::chrono::milliseconds> limit = std::nullopt);

 private:
  std::jthread thread_;
};

}  // namespace feedctl::cli
