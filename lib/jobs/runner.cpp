#include "jobs/runner.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "events/failure.hpp"

namespace feedctl::jobs {

namespace {
using std::chrono::milliseconds;
}

Runner::Runner(store::Database& database, Kinds kinds)
    : database_(database), kinds_(std::move(kinds)) {
  try {
    threads_.emplace_back([this] { run(Lane::interactive, milliseconds{20}); });
    threads_.emplace_back([this] { run(Lane::bulk, milliseconds{50}); });
    threads_.emplace_back([this] { run(Lane::low, milliseconds{100}); });
  } catch (...) {  // without all of them there is none
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

bool Runner::pause(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !stopping_.wait_for(lock, time, [this] { return stop_; });
}

void Runner::run(Lane lane, milliseconds rest) {
  int failures = 0;
  milliseconds wait{0};
  while (pause(wait)) {
    try {
      wait = run_one(database_, lane, kinds_, lanes_) ? milliseconds{0} : rest;
      failures = 0;
    } catch (const std::exception& error) {
      log::warning("cannot work off jobs", {{"error", events::describe(error)}});
      wait = rest + full_jitter(failures++, milliseconds{50}, milliseconds{2000});
    }
  }
}

}  // namespace feedctl::jobs
