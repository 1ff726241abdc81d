#pragma once
// The bounded pool on which handlers run. Each kind of load waits in a queue of its own, behind a
// bulkhead that leaves threads for the kinds above it; what may not wait is given back at once
// (Admission). Requests for the server's health have a thread of their own, so that they are
// answered while all others are stuck. Thread-safe.
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/admission.hpp"
#include "http/bulkheads.hpp"
#include "http/exchange.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::http {

class HandlerPool {
 public:
  using Job = std::unique_ptr<Exchange>;
  using Run = std::function<void(Job)>;

  HandlerPool(int threads, const Limits& limits, Run run);
  ~HandlerPool() { stop(); }

  struct Refused {
    Job job;
    Admission::Verdict why;
  };
  // Takes all jobs but those that it returns.
  std::vector<Refused> submit(std::vector<Job>& jobs);
  // Gives back a job that still waits; nullptr where it has its turn already.
  Job withdraw(const Exchange* job);
  // One that was withdrawn waits on, before all others of its kind.
  void put_back(Job job);
  // Whether a request of that kind would have to wait for longer than is right. Costs next to
  // nothing.
  bool strained(Load load, Admission::Clock::time_point now) const;
  // Whether a thread waits for work, or a job has ended since the last time this was asked.
  bool gets_on();
  // Waits for the jobs that run; those still waiting are dropped.
  void stop();

 private:
  struct Kind {
    explicit Kind(const Limits& limits) : admission(limits) {}
    std::optional<Admission::Clock::time_point> oldest() const {
      return queue.empty() ? std::nullopt : std::optional(queue.front()->queued);
    }
    Admission admission;
    std::deque<Job> queue;
  };
  // Some threads and what waits for them; guarded by mutex_.
  struct Lane {
    Lane(int threads, const Limits& limits);
    Bulkheads bulkheads;
    std::deque<Kind> kinds;
    std::size_t waiting = 0;  // of all kinds
    std::condition_variable ready;
    int idle = 0;
    bool waking = false;
  };
  static constexpr std::size_t none = Bulkheads::kinds;

  void work(Lane& lane);
  Admission::Verdict take(Lane& lane, Job& job, Admission::Clock::time_point now);
  // The kind whose turn it is: of those that have room, the one of whom one waits longest.
  static std::size_t next(const Lane& lane);
  static bool wake_locked(Lane& lane);  // whether to notify one
  void note(Admission::Clock::time_point now);

  using Ticks = Admission::Clock::rep;

  const Admission::Clock::duration longest_wait_;
  const Run run_;
  metrics::Histogram& waits_;
  std::mutex mutex_;
  Lane handlers_, health_;
  // Of the handlers, for those who do not hold the mutex; 0: never.
  std::array<std::atomic<Ticks>, Bulkheads::kinds> oldest_{};  // who waits longest came then
  std::atomic<Ticks> last_turn_{0};  // all threads are busy, and one became so then
  bool stopping_ = false;
  bool ended_one_ = true;  // since gets_on() was asked
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::http
