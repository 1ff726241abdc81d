#pragma once
// Refreshes pages in the background on threads of its own, so that no reader must wait for a
// refresh. A reader requests one and goes on, or waits up to its deadline. There is one refresh at
// a time for each limit, and a pause after a failed one. The first request starts the threads.
// Thread-safe.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log_throttle.hpp"
#include "base/time.hpp"

namespace feedctl::hot {

class PageRefresher {
 public:
  using Clock = Deadline::Clock;
  using RefreshFn = std::function<void(int limit)>;

  // Starts a thread, or throws std::system_error.
  using ThreadFactory = std::function<std::thread(std::function<void()>)>;

  // `refresh` runs on any of the threads. If it throws, the refresh has failed and is logged.
  explicit PageRefresher(RefreshFn refresh, ThreadFactory thread_factory = start_thread);
  ~PageRefresher();  // waits for running refreshes
  PageRefresher(const PageRefresher&) = delete;
  PageRefresher& operator=(const PageRefresher&) = delete;

  // Never waits.
  void request_refresh(int limit);
  // Requests refreshes until `is_satisfied` returns true; it runs at the start and after each
  // refresh. False at `deadline`, and if no refresh can run now.
  bool refresh_and_wait(int limit, Deadline deadline, const std::function<bool()>& is_satisfied);

 private:
  static constexpr std::size_t max_threads = 2;
  static constexpr std::chrono::milliseconds retry_delay{100};

  struct LimitState {
    bool is_running = false;  // or queued
    Clock::time_point failed_at;
  };

  static std::thread start_thread(std::function<void()> work) {
    return std::thread(std::move(work));
  }
  bool request_refresh_locked(int limit);
  void add_thread();
  void worker_loop();
  bool run_refresh(int limit) const;

  const RefreshFn refresh_fn_;
  const ThreadFactory thread_factory_;
  std::mutex mutex_;
  std::condition_variable work_available_, refresh_done_;
  bool stopping_ = false;
  std::map<int, LimitState> limit_states_;  // of limits whose refresh runs or has failed
  std::deque<int> queue_;
  std::size_t idle_threads_ = 0;
  std::vector<std::thread> threads_;
  LogThrottle log_throttle_{std::chrono::seconds{10}};
};

}  // namespace feedctl::hot
