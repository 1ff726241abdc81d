#include "hot/page_refresher.hpp"

#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"

namespace feedctl::hot {

PageRefresher::PageRefresher(RefreshFn refresh, ThreadFactory thread_factory)
    : refresh_fn_(std::move(refresh)), thread_factory_(std::move(thread_factory)) {
  threads_.reserve(max_threads);
}

PageRefresher::~PageRefresher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_available_.notify_all();
  refresh_done_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void PageRefresher::request_refresh(int limit) {
  const std::lock_guard lock(mutex_);
  request_refresh_locked(limit);
}

// False if no refresh can run now.
bool PageRefresher::request_refresh_locked(int limit) {
  auto& state = limit_states_[limit];
  if (state.is_running) return true;
  const auto now = Clock::now();
  if (stopping_ || now - state.failed_at < retry_delay) return false;
  if (idle_threads_ < queue_.size() + 1 && threads_.size() < max_threads) add_thread();
  if (threads_.empty()) {
    state.failed_at = now;
    return false;
  }
  state.is_running = true;
  queue_.push_back(limit);
  work_available_.notify_one();
  return true;
}

void PageRefresher::add_thread() {
  try {
    threads_.push_back(thread_factory_([this] { worker_loop(); }));
  } catch (const std::system_error& error) {
    if (log_throttle_.should_log(error.what()))
      log::warning("cannot start a thread for the hot feed's next page", {{"error", error.what()}});
  }
}

bool PageRefresher::refresh_and_wait(int limit, Deadline deadline,
                                     const std::function<bool()>& is_satisfied) {
  std::unique_lock lock(mutex_);
  while (!is_satisfied()) {
    if (!request_refresh_locked(limit)) return false;
    const auto ended = [&] {
      const auto at = limit_states_.find(limit);
      return stopping_ || at == limit_states_.end() || !at->second.is_running;
    };
    if (!refresh_done_.wait_until(lock, deadline.at(), ended)) return is_satisfied();
  }
  return true;
}

void PageRefresher::worker_loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_threads_;
    work_available_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_threads_;
    if (stopping_) return;
    const int limit = queue_.front();
    queue_.pop_front();
    lock.unlock();
    const bool succeeded = run_refresh(limit);
    lock.lock();
    if (succeeded)
      limit_states_.erase(limit);
    else
      limit_states_[limit] = {false, Clock::now()};
    refresh_done_.notify_all();
  }
}

bool PageRefresher::run_refresh(int limit) const {
  try {
    refresh_fn_(limit);
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
