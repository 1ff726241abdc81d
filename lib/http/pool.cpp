#include "http/pool.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::http {

HandlerPool::HandlerPool(int threads, std::size_t queue, Run run)
    : limit_(queue), run_(std::move(run)) {
  for (int i = 0; i < std::max(threads, 1); ++i) threads_.emplace_back([this] { work(); });
}

void HandlerPool::submit(std::vector<Job>& jobs) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    const auto room = queue_.size() < limit_ ? limit_ - queue_.size() : 0;
    const auto idle = static_cast<std::size_t>(idle_);  // these take one each at once
    const auto taken = stopping_ ? 0 : std::min(jobs.size(), room + idle);
    for (std::size_t i = 0; i < taken; ++i) queue_.push_back(std::move(jobs[i]));
    jobs.erase(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(taken));
    wake = taken > 0 && wake_locked();
  }
  if (wake) ready_.notify_one();
}

// One thread at a time is on its way up: it wakes the next when it takes its job and finds more. So
// a batch costs its loop one wake-up, and short handlers on few cores do not wake the whole pool.
bool HandlerPool::wake_locked() {
  if (idle_ == 0 || waking_) return false;
  waking_ = true;
  return true;
}

void HandlerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      ready_.wait(lock);
      --idle_;
      waking_ = false;
    }
    if (stopping_) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    const bool wake = !queue_.empty() && wake_locked();
    lock.unlock();
    if (wake) ready_.notify_one();
    run_(std::move(job));
    lock.lock();
    ended_one_ = true;
  }
}

bool HandlerPool::gets_on() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_one_, false) || idle_ > 0;
}

void HandlerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  ready_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace feedctl::http
