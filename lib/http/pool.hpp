#pragma once
// The bounded pool on which handlers run. What may not wait is given back at once (Admission).
// Requests for the server's health have a thread of their own, so that they are answered while all
// others are stuck. Thread-safe.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/admission.hpp"
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
  // Whether somebody waits for longer than is right. Costs next to nothing.
  bool strained(Admission::Clock::time_point now) const;
  // Whether a thread waits for work, or a job has ended since the last time this was asked.
  bool gets_on();
  // Waits for the jobs that run; those still waiting are dropped.
  void stop();

 private:
  // Some threads and what waits for them; guarded by mutex_.
  struct Lane {
    explicit Lane(const Limits& limits) : admission(limits) {}
    Admission admission;
    std::deque<Job> queue;
    std::condition_variable ready;
    int idle = 0;
    bool waking = false;
  };

  void work(Lane& lane);
  Admission::Verdict take(Lane& lane, Job& job, Admission::Clock::time_point now);
  static bool wake_locked(Lane& lane);  // whether to notify one
  void note_oldest();

  const Admission::Clock::duration longest_wait_;
  const Run run_;
  metrics::Histogram& waits_;
  std::mutex mutex_;
  Lane handlers_, health_;
  std::atomic<Admission::Clock::rep> oldest_{0};  // who waits longest came then; 0: nobody
  bool stopping_ = false;
  bool ended_one_ = true;  // since gets_on() was asked
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::http
