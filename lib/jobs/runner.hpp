#pragma once
// The job runner of a process: one thread for each priority, until it is destroyed. The destructor
// waits for the current chunks. Errors are logged and retried with back-off.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jobs/runner_state.hpp"

namespace feedctl::jobs {

class Runner {
 public:
  // `database` must outlive it and have a connection for each priority.
  Runner(store::Database& database, HandlerRegistry handlers, SkippedKinds skipped_kinds = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

 private:
  void run(Priority priority, std::chrono::milliseconds idle_pause);
  bool sleep_unless_stopped(std::chrono::milliseconds time);
  void stop();

  store::Database& database_;
  const HandlerRegistry handlers_;
  RunnerState state_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace feedctl::jobs
