#include "http/pool.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::http {

using Clock = Admission::Clock;

HandlerPool::HandlerPool(int threads, const Limits& limits, Run run)
    : longest_wait_(limits.queue_wait),
      run_(std::move(run)),
      waits_(metrics::histogram("feedctl_http_queue_seconds",
                                "How long requests waited for a handler.", {},
                                {.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5})),
      handlers_(limits),
      health_(limits) {
  threads_.emplace_back([this] { work(health_); });
  for (int i = 0; i < std::max(threads, 1); ++i) {
    threads_.emplace_back([this] { work(handlers_); });
  }
}

// Those that find a thread idle do not wait, so no rule is against them.
Admission::Verdict HandlerPool::take(Lane& lane, Job& job, Clock::time_point now) {
  auto verdict = Admission::Verdict::admitted;
  const auto waiting = lane.queue.size();
  if (const auto idle = static_cast<std::size_t>(lane.idle); waiting >= idle) {
    const auto oldest = lane.queue.empty() ? now : lane.queue.front()->received;
    verdict = lane.admission.judge(job->load(), waiting - idle, oldest, now);
  }
  if (verdict == Admission::Verdict::admitted) lane.queue.push_back(std::move(job));
  return verdict;
}

std::vector<HandlerPool::Refused> HandlerPool::submit(std::vector<Job>& jobs) {
  std::vector<Refused> refused;
  bool wake_handler = false, wake_health = false;
  {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    for (auto& job : jobs) {
      auto& lane = job->load() == Load::health ? health_ : handlers_;
      const auto verdict = stopping_ ? Admission::Verdict::full : take(lane, job, now);
      if (verdict != Admission::Verdict::admitted) refused.push_back({std::move(job), verdict});
    }
    note_oldest();
    wake_handler = !handlers_.queue.empty() && wake_locked(handlers_);
    wake_health = !health_.queue.empty() && wake_locked(health_);
  }
  if (wake_handler) handlers_.ready.notify_one();
  if (wake_health) health_.ready.notify_one();
  jobs.clear();
  return refused;
}

void HandlerPool::note_oldest() {
  const auto& queue = handlers_.queue;
  oldest_.store(queue.empty() ? 0 : queue.front()->received.time_since_epoch().count(),
                std::memory_order_relaxed);
}

bool HandlerPool::strained(Clock::time_point now) const {
  const auto oldest = oldest_.load(std::memory_order_relaxed);
  return oldest != 0 && now.time_since_epoch().count() - oldest > longest_wait_.count();
}

// One thread at a time is on its way up: it wakes the next when it takes its job and finds more. So
// a batch costs its loop one wake-up, and short handlers on few cores do not wake the whole pool.
bool HandlerPool::wake_locked(Lane& lane) {
  if (lane.idle == 0 || lane.waking) return false;
  lane.waking = true;
  return true;
}

void HandlerPool::work(Lane& lane) {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (lane.queue.empty() && !stopping_) {
      ++lane.idle;
      lane.ready.wait(lock);
      --lane.idle;
      lane.waking = false;
    }
    if (stopping_) return;
    auto job = std::move(lane.queue.front());
    lane.queue.pop_front();
    const auto now = Clock::now();
    const auto came = job->received;
    lane.admission.took(came, lane.queue.empty(), now);
    if (&lane == &handlers_) note_oldest();
    const bool wake = !lane.queue.empty() && wake_locked(lane);
    lock.unlock();
    if (wake) lane.ready.notify_one();
    waits_.observe(std::chrono::duration<double>(now - came).count());
    run_(std::move(job));
    lock.lock();
    if (&lane == &handlers_) ended_one_ = true;
  }
}

bool HandlerPool::gets_on() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_one_, false) || handlers_.idle > 0;
}

void HandlerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    handlers_.queue.clear();
    health_.queue.clear();
    note_oldest();
  }
  handlers_.ready.notify_all();
  health_.ready.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace feedctl::http
