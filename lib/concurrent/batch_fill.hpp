#pragma once
// Decides how long a thread that batches requests waits for more of them before it begins a batch.
//
// Clients that were just answered mostly ask again at once, so as many are expected as the last
// batch answered and left waiting. The wait ends with the last of them, and at the latest after a
// quarter of the last batch's time. After a batch of one nobody waits. A value that the monitor of
// the WorkerThread guards: every call is made under its lock.
#include <algorithm>
#include <cstddef>

#include "concurrent/worker_thread.hpp"

namespace feedctl::concurrent {

class BatchFill {
 public:
  using Duration = WorkerThread::Clock::duration;

  // `size`: the number of requests that wait.
  template <typename Size>
  void wait(WorkerThread& thread, WorkerThread::Lock& lock, Size size) {
    const auto longest = std::min<Duration>(last_duration_ / divisor, max_wait);
    if (size() >= expected_ || longest < min_wait) return;
    wanted_ = expected_;
    thread.wait_for(lock, longest, [&] { return size() >= wanted_; });
    wanted_ = 0;
  }
  // Whether the request that made it `size` ends the wait.
  bool is_complete(std::size_t size) const { return size == wanted_; }
  // Call it before the batch is answered: afterwards some clients have asked again already.
  // `answered`: the requests of the batch; `waiting`: those that came meanwhile.
  void on_batch(std::size_t answered, std::size_t waiting, Duration took) {
    last_duration_ = took;
    expected_ = answered + waiting;
  }

 private:
  static constexpr int divisor = 4;
  static constexpr Duration min_wait = std::chrono::microseconds{20};
  static constexpr Duration max_wait = std::chrono::milliseconds{1};

  std::size_t wanted_ = 0;  // the number that wait() waits for
  std::size_t expected_ = 0;
  Duration last_duration_{0};
};

}  // namespace feedctl::concurrent
