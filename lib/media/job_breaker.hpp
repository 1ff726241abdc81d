#pragma once
// A circuit breaker around the jobs of media. A store that does not answer holds a job up to its
// time limit, and the other jobs of its priority wait meanwhile: those that fill feeds among them.
//
// A job that fails with Error(unavailable) opens it for three times as long as the job took, 1 s to
// 1 min. While it is open, the caller starts no jobs of media; then the next one tries again. So
// they take about a quarter of a priority's time at most. Thread-safe.
#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

#include "jobs/jobs.hpp"

namespace feedctl::media {

class JobBreaker {
 public:
  using Clock = std::chrono::steady_clock;
  explicit JobBreaker(std::function<Clock::time_point()> clock = Clock::now)
      : clock_(std::move(clock)) {}

  bool is_open() const { return clock_() < open_until_.load(); }
  // Must outlive the handlers that it returns.
  jobs::HandlerRegistry guard(jobs::HandlerRegistry handlers);

 private:
  jobs::JobHandler guard(jobs::JobHandler handle);
  void open(Clock::duration failed_after);

  const std::function<Clock::time_point()> clock_;
  std::atomic<Clock::time_point> open_until_{Clock::time_point::min()};
};

}  // namespace feedctl::media
