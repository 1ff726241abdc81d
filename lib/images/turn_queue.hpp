#pragma once
// A counting semaphore that is fair: callers get their turns in the order in which they came.
// Bounded: Error(unavailable) where too many wait, or at the deadline. Thread-safe.
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "base/time.hpp"

namespace feedctl::images {

class TurnQueue {
 public:
  TurnQueue(int concurrency, std::size_t max_waiting)
      : free_(concurrency), max_waiting_(max_waiting) {}
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;

  // Holds a turn for its lifetime.
  class Turn {
   public:
    Turn(TurnQueue& queue, Deadline deadline) : queue_(queue) { queue_.acquire(deadline); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { queue_.release(); }

   private:
    TurnQueue& queue_;
  };

 private:
  struct Waiter {
    std::condition_variable woken;
    bool has_turn = false;
  };

  void acquire(Deadline deadline);
  void release();

  std::mutex mutex_;
  int free_;
  const std::size_t max_waiting_;
  std::deque<Waiter*> waiting_;
};

}  // namespace feedctl::images
