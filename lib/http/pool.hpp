#pragma once
// The bounded pool on which handlers run: what does not fit its queue is given back at once.
// Thread-safe.
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/exchange.hpp"

namespace feedctl::http {

class HandlerPool {
 public:
  using Job = std::unique_ptr<Exchange>;
  using Run = std::function<void(Job)>;

  HandlerPool(int threads, std::size_t queue, Run run);
  ~HandlerPool() { stop(); }

  // Takes from the front of `jobs` while there is room and leaves the rest in it.
  void submit(std::vector<Job>& jobs);
  // Whether a thread waits for work, or a job has ended since the last time this was asked.
  bool gets_on();
  // Waits for the jobs that run; those still waiting are dropped.
  void stop();

 private:
  void work();
  bool wake_locked();  // whether to notify one

  const std::size_t limit_;
  const Run run_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job> queue_;
  int idle_ = 0;
  bool waking_ = false;
  bool stopping_ = false;
  bool ended_one_ = true;  // since gets_on() was asked
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::http
