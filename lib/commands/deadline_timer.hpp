#pragma once
// Completes the commands whose deadline has passed, whatever their statement does. One thread
// checks every 100 ms while commands wait. Thread-safe.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "commands/pending_command.hpp"

namespace feedctl::commands {

class DeadlineTimer {
 public:
  DeadlineTimer() = default;
  ~DeadlineTimer() { close(); }
  DeadlineTimer(const DeadlineTimer&) = delete;
  DeadlineTimer& operator=(const DeadlineTimer&) = delete;

  void watch(PendingCommandPtr command);
  void close();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wakeup_;
  std::vector<PendingCommandPtr> watched_;
  bool is_asleep_ = false;
  bool is_closing_ = false;
  std::thread thread_;
};

}  // namespace feedctl::commands
