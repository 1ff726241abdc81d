#pragma once
// What the lanes of one process share: which chunks may be at work side by side, and which claims
// are to be given back. Thread-safe as far as each lane is worked off by one thread.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "jobs/jobs.hpp"

namespace feedctl::jobs {

struct Claimed {
  Job job;
  std::int64_t claim = 0;
  int crashes = 0;
  // Not claimed: it may have ended a process, so it is claimed only where no other is at work.
  bool only_alone = false;
};

// Chunks run beside each other, or one alone. Who wants to be alone goes before those that come.
class Gate {
 public:
  // Held while a chunk is at work.
  class Pass {
   public:
    Pass(Gate& gate, bool alone);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    Gate& gate_;
    const bool alone_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  int waiting_alone_ = 0;
  bool alone_ = false;
};

struct Lanes {
  // A chunk has failed, and the database could not be told.
  struct Failed {
    Claimed claimed;
    std::chrono::milliseconds wait;
    std::string what;
    bool counts;
  };
  Gate gate;
  std::optional<Failed> untold[3];  // by lane
};

}  // namespace feedctl::jobs
