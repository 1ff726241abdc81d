#include "http_server/handler_pool.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace feedctl::http {

namespace {
constexpr int upload_niceness = 10;

// Their threads are for one class alone, which may have all of them.
Limits upload_limits(Limits limits, int threads) {
  limits.max_read_threads = limits.max_write_threads = limits.max_upload_threads = threads;
  return limits;
}
}  // namespace

HandlerPool::ThreadGroup::ThreadGroup(int threads, const Limits& limits)
    : bulkheads(threads, limits) {
  for (std::size_t i = 0; i < Bulkheads::class_count; ++i) queues.emplace_back(limits);
}

HandlerPool::HandlerPool(int threads, const Limits& limits, RunTask run_task)
    : max_wait_(limits.max_queue_wait),
      run_task_(std::move(run_task)),
      wait_histogram_(metrics::histogram("feedctl_http_queue_seconds",
                                         "How long requests waited for a handler.", {},
                                         {.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5})),
      handlers_(threads, limits),
      uploads_(upload_threads(threads, limits),
               upload_limits(limits, upload_threads(threads, limits))),
      health_(1, limits) {
  try {
    start(1, health_);
    start(upload_threads(threads, limits), uploads_);
    start(std::max(threads, 1), handlers_);
  } catch (...) {  // the threads that did start must end
    stop();
    throw;
  }
}

int HandlerPool::upload_threads(int threads, const Limits& limits) {
  return limits.max_upload_threads > 0 ? limits.max_upload_threads : std::max(threads / 4, 1);
}

void HandlerPool::start(int threads, ThreadGroup& group) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, &group] { worker_loop(group); });
}

HandlerPool::ThreadGroup& HandlerPool::group_of(LoadClass load_class) {
  if (load_class == LoadClass::health) return health_;
  return load_class == LoadClass::upload ? uploads_ : handlers_;
}

std::size_t HandlerPool::backlog(const ThreadGroup& group) {
  return group.waiting - std::min(group.waiting, static_cast<std::size_t>(group.idle_threads));
}

// A task that finds an idle thread does not wait, so no rule applies to it. None applies to a
// continuation either, as its work is done. A task below a class that waits too long would wait no
// less. An upload has threads of its own, but would take the processor from those that wait.
AdmissionControl::Verdict HandlerPool::try_enqueue(ThreadGroup& group, Task& task,
                                                   Clock::time_point now) {
  const auto index = Bulkheads::class_index(task->load_class());
  auto& own = group.queues[index];
  auto& above = &group == &uploads_ ? handlers_ : group;
  const auto ahead = &group == &above ? 0 : backlog(above);
  const bool is_served = group.waiting < static_cast<std::size_t>(group.idle_threads) &&
                         group.bulkheads.has_room(index) && ahead == 0;
  auto verdict = AdmissionControl::Verdict::admitted;
  if (!task->continuation && !is_served) {
    verdict = own.admission.admit(task->load_class(), backlog(group) + ahead,
                                  own.oldest_queued_at(), now);
    for (std::size_t i = 0; i < index; ++i) {
      auto& other = above.queues[i];
      if (verdict == AdmissionControl::Verdict::admitted &&
          other.admission.is_delayed(other.oldest_queued_at(), now))
        verdict = AdmissionControl::Verdict::delayed;
    }
  }
  if (verdict != AdmissionControl::Verdict::admitted) return verdict;
  own.queue.push_back(std::move(task));
  ++group.waiting;
  return verdict;
}

std::vector<HandlerPool::Rejected> HandlerPool::submit(std::vector<Task>& tasks) {
  std::vector<Rejected> rejected;
  std::array<ThreadGroup*, 3> groups{&handlers_, &uploads_, &health_}, to_wake{};
  {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    for (auto& task : tasks) {
      auto& group = group_of(task->load_class());
      const auto verdict =
          stopping_ ? AdmissionControl::Verdict::queue_full : try_enqueue(group, task, now);
      if (verdict != AdmissionControl::Verdict::admitted)
        rejected.push_back({std::move(task), verdict});
    }
    update_stats(now);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (next_class(*groups[i]) != no_class && wake_locked(*groups[i])) to_wake[i] = groups[i];
    }
  }
  for (auto* group : to_wake) {
    if (group != nullptr) group->work_available.notify_one();
  }
  tasks.clear();
  return rejected;
}

HandlerPool::Task HandlerPool::cancel(const Exchange* task) {
  const std::lock_guard lock(mutex_);
  auto& group = group_of(task->load_class());
  auto& queue = group.queues[Bulkheads::class_index(task->load_class())].queue;
  const auto at = std::find_if(queue.begin(), queue.end(),
                               [&](const Task& other) { return other.get() == task; });
  if (at == queue.end()) return nullptr;
  auto found = std::move(*at);
  queue.erase(at);
  --group.waiting;
  update_stats(Clock::now());
  return found;
}

void HandlerPool::requeue(Task task) {
  auto& group = group_of(task->load_class());
  {
    const std::lock_guard lock(mutex_);
    group.queues[Bulkheads::class_index(task->load_class())].queue.push_front(std::move(task));
    ++group.waiting;
    update_stats(Clock::now());
    if (next_class(group) == no_class || !wake_locked(group)) return;
  }
  group.work_available.notify_one();
}

void HandlerPool::update_stats(Clock::time_point now) {
  for (std::size_t i = 0; i < Bulkheads::class_count; ++i) {
    const auto& group = i == Bulkheads::class_index(LoadClass::upload) ? uploads_ : handlers_;
    const auto& queue = group.queues[i].queue;
    oldest_queued_at_[i].store(
        queue.empty() ? 0 : queue.front()->queued_at.time_since_epoch().count(),
        std::memory_order_relaxed);
  }
  if (handlers_.idle_threads > 0) last_busy_dequeue_at_.store(0, std::memory_order_relaxed);
  Ticks none = 0;
  if (handlers_.idle_threads == 0)
    last_busy_dequeue_at_.compare_exchange_strong(none, now.time_since_epoch().count(),
                                                  std::memory_order_relaxed);
}

// Its own class waits too long. Or all threads are busy, and either another class waits too long or
// no thread has become free for a part of that time.
bool HandlerPool::is_overloaded(LoadClass load_class, Clock::time_point now) const {
  const auto elapsed = [&](const std::atomic<Ticks>& since) {
    const auto then = since.load(std::memory_order_relaxed);
    return then == 0 ? Clock::duration::zero()
                     : Clock::duration(now.time_since_epoch().count() - then);
  };
  if (elapsed(oldest_queued_at_[Bulkheads::class_index(load_class)]) > max_wait_) return true;
  if (load_class == LoadClass::upload) return false;
  const auto all_busy = elapsed(last_busy_dequeue_at_);
  if (all_busy == Clock::duration::zero()) return false;
  return all_busy > max_wait_ / 4 ||
         std::any_of(oldest_queued_at_.begin(),
                     oldest_queued_at_.begin() + Bulkheads::class_index(LoadClass::upload),
                     [&](const auto& oldest) { return elapsed(oldest) > max_wait_; });
}

std::size_t HandlerPool::next_class(const ThreadGroup& group) {
  auto found = no_class;
  for (std::size_t i = 0; i < Bulkheads::class_count; ++i) {
    const auto& queue = group.queues[i].queue;
    if (queue.empty() || !group.bulkheads.has_room(i)) continue;
    if (found == no_class ||
        queue.front()->queued_at < group.queues[found].queue.front()->queued_at)
      found = i;
  }
  return found;
}

// One thread wakes up at a time, and wakes the next one if there are more tasks. So a batch costs
// its loop one wake-up, and short handlers on few cores do not wake the whole pool.
bool HandlerPool::wake_locked(ThreadGroup& group) {
  if (group.idle_threads == 0 || group.wakeup_pending) return false;
  group.wakeup_pending = true;
  return true;
}

void HandlerPool::worker_loop(ThreadGroup& group) {
  // Without the right to it the thread stays as it is.
  if (&group == &uploads_) ::setpriority(PRIO_PROCESS, 0, upload_niceness);  // of this thread alone
  std::unique_lock lock(mutex_);
  for (;;) {
    auto index = next_class(group);
    while (index == no_class && !stopping_) {
      ++group.idle_threads;
      update_stats(Clock::now());
      group.work_available.wait(lock);
      --group.idle_threads;
      group.wakeup_pending = false;
      index = next_class(group);
    }
    if (stopping_) return;
    auto& own = group.queues[index];
    auto task = std::move(own.queue.front());
    own.queue.pop_front();
    --group.waiting;
    group.bulkheads.enter(index);
    const auto now = Clock::now();
    const auto queued_at = task->queued_at;
    own.admission.on_dequeued(queued_at, own.queue.empty(), now);
    if (&group == &handlers_) last_busy_dequeue_at_.store(0, std::memory_order_relaxed);
    update_stats(now);
    const bool wake = next_class(group) != no_class && wake_locked(group);
    lock.unlock();
    if (wake) group.work_available.notify_one();
    wait_histogram_.observe(std::chrono::duration<double>(now - queued_at).count());
    run_task_(std::move(task));
    lock.lock();
    group.bulkheads.leave(index);
    if (&group == &handlers_) task_finished_ = true;
  }
}

bool HandlerPool::is_making_progress() {
  const std::lock_guard lock(mutex_);
  return std::exchange(task_finished_, false) ||
         (handlers_.idle_threads > 0 && handlers_.waiting == 0);
}

void HandlerPool::stop() {
  {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto* group : {&handlers_, &uploads_, &health_}) {
      for (auto& own : group->queues) own.queue.clear();
      group->waiting = 0;
    }
    update_stats(now);
  }
  for (auto* group : {&handlers_, &uploads_, &health_}) group->work_available.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace feedctl::http
