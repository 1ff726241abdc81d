#include "hot/beside.hpp"

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::hot {

Beside::~Beside() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  done_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Beside::ask(int limit) {
  const std::lock_guard lock(mutex_);
  ask_locked(limit);
}

// False where none can be made now.
bool Beside::ask_locked(int limit) {
  auto& at = limits_[limit];
  if (at.running) return true;
  if (stopping_ || Clock::now() - at.failed < pause) return false;
  at.running = true;
  queue_.push_back(limit);
  if (idle_ < queue_.size() && threads_.size() < most_threads)
    threads_.emplace_back([this] { work(); });
  else
    ready_.notify_one();
  return true;
}

bool Beside::wait(int limit, Deadline deadline, const std::function<bool()>& enough) {
  std::unique_lock lock(mutex_);
  while (!enough()) {
    if (!ask_locked(limit)) return false;
    const auto ended = [&] {
      const auto at = limits_.find(limit);
      return stopping_ || at == limits_.end() || !at->second.running;
    };
    if (!done_.wait_until(lock, deadline.at(), ended)) return enough();
  }
  return true;
}

void Beside::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) return;
    const int limit = queue_.front();
    queue_.pop_front();
    lock.unlock();
    const bool good = made(limit);
    lock.lock();
    if (good)
      limits_.erase(limit);
    else
      limits_[limit] = {false, Clock::now()};
    done_.notify_all();
  }
}

bool Beside::made(int limit) const {
  try {
    make_(limit);
    return true;
  } catch (const Error& error) {
    const bool expected = error.code() == ErrorCode::unavailable;
    log::write(expected ? log::Level::debug : log::Level::error,
               "the hot feed's next page was not made",
               {{"limit", limit}, {"error", error.what()}, {"detail", error.detail()}});
  } catch (const std::exception& error) {
    log::error("the hot feed's next page was not made",
               {{"limit", limit}, {"error", error.what()}});
  }
  return false;
}

}  // namespace feedctl::hot
