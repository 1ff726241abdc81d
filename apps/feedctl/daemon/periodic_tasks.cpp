#include "feedctl/daemon/periodic_tasks.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/log_throttle.hpp"
#include "base/time.hpp"
#include "events/error_classification.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::app {

using Clock = std::chrono::steady_clock;

namespace {

void record_success(const std::string& task) {
  metrics::gauge("feedctl_periodic_task_last_success_timestamp_seconds",
                 "When a maintenance task last succeeded.", {{"task", task}})
      .set(static_cast<double>(unix_us(now())) / 1e6);
}

// Made before the first run, so that a first failure is an increase.
metrics::Counter& failures_of(const std::string& task) {
  return metrics::counter("feedctl_periodic_task_failures_total",
                          "Runs of a maintenance task that failed.", {{"task", task}});
}

}  // namespace

PeriodicTasks::PeriodicTasks(std::vector<Task> tasks)
    : tasks_(std::move(tasks)), thread_([this] { loop(); }) {}

void PeriodicTasks::loop() {
  std::vector<Clock::time_point> due(tasks_.size(), Clock::now());
  for (const auto& task : tasks_) failures_of(task.name);
  std::vector<LogThrottle> throttles(tasks_.size(), LogThrottle(std::chrono::seconds{30}));
  auto lock = thread_.lock();
  while (!thread_.is_stopping(lock)) {
    for (std::size_t i = 0; i < tasks_.size() && !thread_.is_stopping(lock); ++i) {
      if (due[i] > Clock::now()) continue;
      lock.unlock();
      try {
        tasks_[i].run();
        record_success(tasks_[i].name);
      } catch (const std::exception& error) {
        failures_of(tasks_[i].name).add();
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
