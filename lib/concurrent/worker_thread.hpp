#pragma once
// A background thread with its monitor: the mutex that guards what the thread shares with its
// owner, the condition variable that wakes the thread, and the request to stop.
//
// The destructor requests a stop and joins the thread. So it is the last member of its owner: the
// thread ends before what it uses. The body returns once a wait or is_stopping() reports the stop;
// an exception that leaves it ends the process. Thread-safe, but only one thread at a time may call
// stop().
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace feedctl::concurrent {

class WorkerThread {
 public:
  using Clock = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;

  WorkerThread() = default;  // start() starts the thread
  // Throws std::system_error if the thread cannot be started, as start() does.
  template <typename Body>
  explicit WorkerThread(Body body) {
    start(lock(), std::move(body));
  }
  ~WorkerThread() { request_stop(); }
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // Does nothing if the thread was started before, or a stop was requested. Here and below a
  // `Lock` is one of lock().
  template <typename Body>
  void start(const Lock&, Body body) {
    // In this order: after the request to stop, stop() changes thread_ without the lock.
    if (!stop_ && !thread_.joinable()) thread_ = std::jthread(std::move(body));
  }
  Lock lock() const { return Lock(mutex_); }
  // The thread evaluates the condition of its wait again. Call it after a change under the lock.
  void wake() { changed_.notify_one(); }

  void request_stop();
  // Requests a stop and joins the thread.
  void stop();
  bool is_stopping(const Lock&) const { return stop_; }
  bool is_stopping() const { return is_stopping(lock()); }

  // -- for the body. All return false once a stop is requested, whatever they waited for.

  template <typename Condition>
  bool wait(Lock& lock, Condition condition) {
    changed_.wait(lock, [&] { return stop_ || condition(); });
    return !stop_;
  }
  // True also after `max_wait`.
  template <typename Condition>
  bool wait_for(Lock& lock, Clock::duration max_wait, Condition condition) {
    changed_.wait_for(lock, max_wait, [&] { return stop_ || condition(); });
    return !stop_;
  }
  // Only a stop ends a sleep early.
  bool sleep_until(Lock& lock, Clock::time_point time);
  bool sleep_for(Lock& lock, Clock::duration time) {
    return sleep_until(lock, Clock::now() + time);
  }

 private:
  mutable std::mutex mutex_;
  // Not condition_variable_any with a stop_token: that takes a second lock for each wait and wake.
  std::condition_variable changed_;
  bool stop_ = false;
  std::jthread thread_;  // last: it joins before the others are destroyed
};

}  // namespace feedctl::concurrent
