#include "hot/beside.hpp"

#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::hot {

Beside::Beside(Make make, Start start) : make_(std::move(make)), start_(std::move(start)) {
  threads_.reserve(most_threads);
}

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
  const auto now = Clock::now();
  if (stopping_ || now - at.failed < pause) return false;
  if (idle_ < queue_.size() + 1 && threads_.size() < most_threads) add_thread();
  if (threads_.empty()) {
    at.failed = now;
    return false;
  }
  at.running = true;
  queue_.push_back(limit);
  ready_.notify_one();
  return true;
}

void Beside::add_thread() {
  try {
    threads_.push_back(start_([this] { work(); }));
  } catch (const std::system_error& error) {
    if (refused_.due(error.what()))
      log::warning("no thread can be had for the hot feed's next page", {{"error", error.what()}});
  }
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
