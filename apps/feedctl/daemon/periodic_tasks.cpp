#include "feedctl/daemon/periodic_tasks.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/log_throttle.hpp"
#include "events/error_classification.hpp"

namespace feedctl::app {

using Clock = std::chrono::steady_clock;

PeriodicTasks::PeriodicTasks(std::vector<Task> tasks)
    : tasks_(std::move(tasks)), thread_([this] { loop(); }) {}

void PeriodicTasks::loop() {
  std::vector<Clock::time_point> due(tasks_.size(), Clock::now());
  std::vector<LogThrottle> throttles(tasks_.size(), LogThrottle(std::chrono::seconds{30}));
  auto lock = thread_.lock();
  while (!thread_.is_stopping(lock)) {
    for (std::size_t i = 0; i < tasks_.size() && !thread_.is_stopping(lock); ++i) {
      if (due[i] > Clock::now()) continue;
      lock.unlock();
      try {
        tasks_[i].run();
      } catch (const std::exception& error) {
        const auto what = events::describe(error);
        if (throttles[i].should_log(what))
          log::warning("a maintenance task failed and will be tried again",
                       {{"task", tasks_[i].name}, {"error", what}});
      }
      due[i] = Clock::now() + tasks_[i].period;
      lock.lock();
    }
    const auto next = *std::min_element(due.begin(), due.end());
    thread_.sleep_until(lock, next);
  }
}

}  // namespace feedctl::app
