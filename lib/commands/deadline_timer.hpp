#pragma once
// Completes the commands whose deadline has passed, whatever their statement does. One thread
// checks every 100 ms while commands wait. Thread-safe.
#include <vector>

#include "commands/pending_command.hpp"
#include "concurrent/worker_thread.hpp"

namespace feedctl::commands {

class DeadlineTimer {
 public:
  void watch(PendingCommandPtr command);
  void close() { thread_.stop(); }

 private:
  void run();

  std::vector<PendingCommandPtr> watched_;
  bool is_asleep_ = false;
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::commands
