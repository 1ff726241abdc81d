#pragma once
// How a daemon is told to stop: SIGTERM or SIGINT, blocked in every thread and waited for in one.
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

namespace feedctl::cli {

// Blocked before any thread starts, so that only stop_signal() sees them.
sigset_t block_stop_signals();

// The signal that arrived within `patience`, or 0.
int stop_signal(const sigset_t& set, std::chrono::milliseconds patience);

// A second signal while draining ends the process at once; nothing is lost by that.
class SecondSignal {
 public:
  explicit SecondSignal(const sigset_t& set);
  ~SecondSignal();
  SecondSignal(const SecondSignal&) = delete;
  SecondSignal& operator=(const SecondSignal&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace feedctl::cli
