#pragma once
// Answers those that wait when their time is over, whatever their statement does: one thread that
// looks every 100 ms while there is anybody. Thread-safe.
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "commands/waiting.hpp"

namespace feedctl::commands {

class Deadlines {
 public:
  Deadlines() = default;
  ~Deadlines() { close(); }
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  void watch(WaitingPtr waiting);
  void close();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable woken_;
  std::vector<WaitingPtr> watched_;
  bool asleep_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace feedctl::commands
