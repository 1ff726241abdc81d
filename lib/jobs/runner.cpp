#include "jobs/runner.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "events/error_classification.hpp"

namespace feedctl::jobs {

namespace {
using std::chrono::milliseconds;
}

Runner::Runner(store::Database& database, HandlerRegistry handlers, SkippedKinds skipped_kinds)
    : database_(database), handlers_(std::move(handlers)) {
  state_.skipped_kinds = std::move(skipped_kinds);
  try {
    threads_.emplace_back([this] { run(Priority::interactive, milliseconds{20}); });
    threads_.emplace_back([this] { run(Priority::bulk, milliseconds{50}); });
    threads_.emplace_back([this] { run(Priority::low, milliseconds{100}); });
  } catch (...) {  // all threads or none
    stop();
    throw;
  }
}

Runner::~Runner() {
  stop();
}

void Runner::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopping_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool Runner::sleep_unless_stopped(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_for(lock, time, [this] { return stop_; });
}

void Runner::run(Priority priority, milliseconds idle_pause) {
  int failures = 0;
  milliseconds wait{0};
  while (sleep_unless_stopped(wait)) {
    try {
      wait = run_one(database_, priority, handlers_, state_) ? milliseconds{0} : idle_pause;
      failures = 0;
    } catch (const std::exception& error) {
      log::warning("cannot run jobs", {{"error", events::describe(error)}});
      wait = idle_pause + full_jitter(failures++, milliseconds{50}, milliseconds{2000});
    }
  }
}

}  // namespace feedctl::jobs
