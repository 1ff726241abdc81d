#pragma once
// What `work` does by the clock: adds up the hot feed's scores, keeps the parts of the log and of
// the feeds' rows, forgets old keys, lets feeds of users who are away rest, and counts backlogs for
// /metrics. A thread of its own; errors are logged and tried again at the next turn.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace feedctl::app {

class Upkeep {
 public:
  struct Task {
    std::string name;
    std::chrono::milliseconds period;
    std::function<void()> run;
  };
  explicit Upkeep(std::vector<Task> tasks);
  ~Upkeep();
  Upkeep(const Upkeep&) = delete;
  Upkeep& operator=(const Upkeep&) = delete;

 private:
  void loop();

  const std::vector<Task> tasks_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace feedctl::app
