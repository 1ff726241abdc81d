#pragma once
// The bounded thread pool for handlers. Each load class waits in a queue of its own, behind a
// bulkhead that leaves threads for the classes above it. A task that admission control does not let
// in comes back at once. Health requests have a thread of their own, so the server answers them
// while all other threads are stuck. Uploads have threads of a lower priority (nice), since reading
// megabytes would delay other requests on a busy processor. Thread-safe.
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http_server/admission.hpp"
#include "http_server/bulkheads.hpp"
#include "http_server/clock.hpp"
#include "http_server/exchange.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::http {

class HandlerPool {
 public:
  using Task = std::unique_ptr<Exchange>;
  using RunTask = std::function<void(Task)>;

  // `threads`: for all but health requests and uploads. Error of std::thread where it cannot start
  // all of them.
  HandlerPool(int threads, const Limits& limits, RunTask run_task);
  ~HandlerPool() { stop(); }

  struct Rejected {
    Task task;
    AdmissionControl::Verdict verdict;
  };
  // Takes all tasks, and returns those that admission control rejects.
  std::vector<Rejected> submit(std::vector<Task>& tasks);
  // Takes a waiting task out of its queue; nullptr where it runs already.
  Task cancel(const Exchange* task);
  // Puts a cancelled task back, before all others of its class.
  void requeue(Task task);
  // Whether a request of that class would wait longer than max_queue_wait. It takes no lock.
  bool is_overloaded(LoadClass load_class, Clock::time_point now) const;
  // Whether a thread is idle, or a task has finished since the last call.
  bool is_making_progress();
  // Waits for running tasks and drops waiting ones.
  void stop();

 private:
  struct ClassQueue {
    explicit ClassQueue(const Limits& limits) : admission(limits) {}
    std::optional<Clock::time_point> oldest_queued_at() const {
      return queue.empty() ? std::nullopt : std::optional(queue.front()->queued_at);
    }
    AdmissionControl admission;
    std::deque<Task> queue;
  };
  // Threads and the queues that they serve; guarded by mutex_.
  struct ThreadGroup {
    ThreadGroup(int threads, const Limits& limits);
    Bulkheads bulkheads;
    std::deque<ClassQueue> queues;
    std::size_t waiting = 0;  // in all queues
    std::condition_variable work_available;
    int idle_threads = 0;
    bool wakeup_pending = false;
  };
  static constexpr std::size_t no_class = Bulkheads::class_count;

  static int upload_threads(int threads, const Limits& limits);
  void start(int threads, ThreadGroup& group);
  void worker_loop(ThreadGroup& group);
  ThreadGroup& group_of(LoadClass load_class);
  static std::size_t backlog(const ThreadGroup& group);  // tasks without an idle thread for them
  AdmissionControl::Verdict try_enqueue(ThreadGroup& group, Task& task, Clock::time_point now);
  // Of the classes with room the one whose first task has waited longest.
  static std::size_t next_class(const ThreadGroup& group);
  static bool wake_locked(ThreadGroup& group);  // whether to notify a thread
  void update_stats(Clock::time_point now);

  using Ticks = Clock::rep;

  const Clock::duration max_wait_;
  const RunTask run_task_;
  metrics::Histogram& wait_histogram_;
  std::mutex mutex_;
  ThreadGroup handlers_, uploads_, health_;
  // Of handlers_ and uploads_, for readers without the mutex; 0: none.
  std::array<std::atomic<Ticks>, Bulkheads::class_count> oldest_queued_at_{};
  // The last dequeue of handlers_ while all its threads are busy.
  std::atomic<Ticks> last_busy_dequeue_at_{0};
  bool stopping_ = false;
  bool task_finished_ = true;  // since is_making_progress()
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::http
