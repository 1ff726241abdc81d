#pragma once
// A shared/exclusive lock that prefers exclusive holders: chunks run side by side, or one alone.
// Who waits for exclusivity goes before those that come later. Thread-safe.
#include <condition_variable>
#include <mutex>

namespace feedctl::jobs {

class ExclusiveGate {
 public:
  // Held while a chunk runs. The constructor waits.
  class GateLock {
   public:
    GateLock(ExclusiveGate& gate, bool exclusive);
    ~GateLock();
    GateLock(const GateLock&) = delete;
    GateLock& operator=(const GateLock&) = delete;

   private:
    ExclusiveGate& gate_;
    const bool exclusive_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int holders_ = 0;
  int waiting_exclusive_ = 0;
  bool exclusively_held_ = false;
};

}  // namespace feedctl::jobs
