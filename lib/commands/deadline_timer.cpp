#include "commands/deadline_timer.hpp"

namespace feedctl::commands {

namespace {
constexpr std::chrono::milliseconds check_interval{100};
}

void DeadlineTimer::watch(PendingCommandPtr command) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable() && !is_closing_) thread_ = std::thread([this] { run(); });
    watched_.push_back(std::move(command));
    wake = std::exchange(is_asleep_, false);
  }
  if (wake) wakeup_.notify_one();
}

void DeadlineTimer::run() {
  std::vector<PendingCommandPtr> timed_out;
  std::unique_lock lock(mutex_);
  while (!is_closing_) {
    // It sleeps only after a whole interval without commands, so that few calls must wake it.
    is_asleep_ = watched_.empty();
    if (is_asleep_)
      wakeup_.wait(lock, [&] { return is_closing_ || !is_asleep_; });
    else
      wakeup_.wait_for(lock, check_interval, [&] { return is_closing_; });
    const auto now = Clock::now();
    std::erase_if(watched_, [&](const auto& command) {
      const bool is_over = command->deadline <= now;
      if (is_over) timed_out.push_back(command);
      return is_over || command->is_completed();
    });
    lock.unlock();
    for (const auto& command : timed_out) command->time_out();
    timed_out.clear();
    lock.lock();
  }
}

void DeadlineTimer::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  wakeup_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace feedctl::commands
