#pragma once
// Scheduler of periodic tasks: one thread runs each task at its interval.
//
// The object owns the thread; its destructor waits for the running task. A task that throws is
// logged, at most every 30 s for the same error, and runs again at its next turn.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace feedctl::app {

class PeriodicTasks {
 public:
  struct Task {
    std::string name;
    std::chrono::milliseconds period;
    std::function<void()> run;
  };
  explicit PeriodicTasks(std::vector<Task> tasks);
  ~PeriodicTasks();
  PeriodicTasks(const PeriodicTasks&) = delete;
  PeriodicTasks& operator=(const PeriodicTasks&) = delete;

 private:
  void loop();

  const std::vector<Task> tasks_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::app
