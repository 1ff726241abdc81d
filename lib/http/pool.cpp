#include "http/pool.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::http {

using Clock = Admission::Clock;

HandlerPool::Lane::Lane(int threads, const Limits& limits) : bulkheads(threads, limits) {
  for (std::size_t kind = 0; kind < Bulkheads::kinds; ++kind) kinds.emplace_back(limits);
}

HandlerPool::HandlerPool(int threads, const Limits& limits, Run run)
    : longest_wait_(limits.queue_wait),
      run_(std::move(run)),
      waits_(metrics::histogram("feedctl_http_queue_seconds",
                                "How long requests waited for a handler.", {},
                                {.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5})),
      handlers_(threads, limits),
      health_(1, limits) {
  try {
    threads_.emplace_back([this] { work(health_); });
    for (int i = 0; i < std::max(threads, 1); ++i) {
      threads_.emplace_back([this] { work(handlers_); });
    }
  } catch (...) {  // without all of them there is no pool
    stop();
    throw;
  }
}

// Those that find a thread idle do not wait, so no rule is against them, nor against those whose
// work is done but for its answer. What stands below a kind that waits for too long would wait no
// less.
Admission::Verdict HandlerPool::take(Lane& lane, Job& job, Clock::time_point now) {
  const auto place = Bulkheads::kind_of(job->load());
  auto& kind = lane.kinds[place];
  auto verdict = Admission::Verdict::admitted;
  const auto idle = static_cast<std::size_t>(lane.idle);
  if (!job->rest && (lane.waiting >= idle || !lane.bulkheads.room(place))) {
    const auto behind = lane.waiting - std::min(lane.waiting, idle);
    verdict = kind.admission.judge(job->load(), behind, kind.oldest(), now);
    for (std::size_t above = 0; above < place; ++above) {
      auto& other = lane.kinds[above];
      if (verdict == Admission::Verdict::admitted && other.admission.slow(other.oldest(), now))
        verdict = Admission::Verdict::slow;
    }
  }
  if (verdict != Admission::Verdict::admitted) return verdict;
  kind.queue.push_back(std::move(job));
  ++lane.waiting;
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
    note(now);
    wake_handler = next(handlers_) != none && wake_locked(handlers_);
    wake_health = next(health_) != none && wake_locked(health_);
  }
  if (wake_handler) handlers_.ready.notify_one();
  if (wake_health) health_.ready.notify_one();
  jobs.clear();
  return refused;
}

HandlerPool::Job HandlerPool::withdraw(const Exchange* job) {
  const std::lock_guard lock(mutex_);
  auto& queue = handlers_.kinds[Bulkheads::kind_of(job->load())].queue;
  const auto at = std::find_if(queue.begin(), queue.end(),
                               [&](const Job& other) { return other.get() == job; });
  if (at == queue.end()) return nullptr;
  auto found = std::move(*at);
  queue.erase(at);
  --handlers_.waiting;
  note(Clock::now());
  return found;
}

void HandlerPool::put_back(Job job) {
  {
    const std::lock_guard lock(mutex_);
    handlers_.kinds[Bulkheads::kind_of(job->load())].queue.push_front(std::move(job));
    ++handlers_.waiting;
    note(Clock::now());
    if (next(handlers_) == none || !wake_locked(handlers_)) return;
  }
  handlers_.ready.notify_one();
}

void HandlerPool::note(Clock::time_point now) {
  for (std::size_t kind = 0; kind < Bulkheads::kinds; ++kind) {
    const auto& queue = handlers_.kinds[kind].queue;
    oldest_[kind].store(queue.empty() ? 0 : queue.front()->queued.time_since_epoch().count(),
                        std::memory_order_relaxed);
  }
  if (handlers_.idle > 0) last_turn_.store(0, std::memory_order_relaxed);
  Ticks never = 0;
  if (handlers_.idle == 0)
    last_turn_.compare_exchange_strong(never, now.time_since_epoch().count(),
                                       std::memory_order_relaxed);
}

// Its own kind waits for too long; or all threads are busy and either another kind waits so long or
// none of them came to an end for a part of that time.
bool HandlerPool::strained(Load load, Clock::time_point now) const {
  const auto passed = [&](const std::atomic<Ticks>& since) {
    const auto then = since.load(std::memory_order_relaxed);
    return then == 0 ? Clock::duration::zero()
                     : Clock::duration(now.time_since_epoch().count() - then);
  };
  if (passed(oldest_[Bulkheads::kind_of(load)]) > longest_wait_) return true;
  const auto stuck = passed(last_turn_);
  if (stuck == Clock::duration::zero()) return false;
  return stuck > longest_wait_ / 4 ||
         std::any_of(oldest_.begin(), oldest_.end(),
                     [&](const auto& oldest) { return passed(oldest) > longest_wait_; });
}

std::size_t HandlerPool::next(const Lane& lane) {
  auto found = none;
  for (std::size_t kind = 0; kind < Bulkheads::kinds; ++kind) {
    const auto& queue = lane.kinds[kind].queue;
    if (queue.empty() || !lane.bulkheads.room(kind)) continue;
    if (found == none || queue.front()->queued < lane.kinds[found].queue.front()->queued)
      found = kind;
  }
  return found;
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
    auto place = next(lane);
    while (place == none && !stopping_) {
      ++lane.idle;
      note(Clock::now());
      lane.ready.wait(lock);
      --lane.idle;
      lane.waking = false;
      place = next(lane);
    }
    if (stopping_) return;
    auto& kind = lane.kinds[place];
    auto job = std::move(kind.queue.front());
    kind.queue.pop_front();
    --lane.waiting;
    lane.bulkheads.enter(place);
    const auto now = Clock::now();
    const auto came = job->queued;
    kind.admission.took(came, kind.queue.empty(), now);
    if (&lane == &handlers_) last_turn_.store(0, std::memory_order_relaxed);
    note(now);
    const bool wake = next(lane) != none && wake_locked(lane);
    lock.unlock();
    if (wake) lane.ready.notify_one();
    waits_.observe(std::chrono::duration<double>(now - came).count());
    run_(std::move(job));
    lock.lock();
    lane.bulkheads.leave(place);
    if (&lane == &handlers_) ended_one_ = true;
  }
}

bool HandlerPool::gets_on() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_one_, false) || (handlers_.idle > 0 && handlers_.waiting == 0);
}

void HandlerPool::stop() {
  {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto* lane : {&handlers_, &health_}) {
      for (auto& kind : lane->kinds) kind.queue.clear();
      lane->waiting = 0;
    }
    note(now);
  }
  handlers_.ready.notify_all();
  health_.ready.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace feedctl::http
