#pragma once
// Scheduler of periodic tasks: one thread runs each task at its interval.
//
// The object owns the thread; its destructor waits for the running task. A task that throws is
// logged, at most every 30 s for the same error, and runs again at its next turn.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "concurrent/worker_thread.hpp"

namespace feedctl::app {

class PeriodicTasks {
 public:
  struct Task {
    std::string name;
    std::chrono::milliseconds period;
    std::function<void()> run;
  };
  explicit PeriodicTasks(std::vector<Task> tasks);

 private:
  void loop();

  const std::vector<Task> tasks_;
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::app
