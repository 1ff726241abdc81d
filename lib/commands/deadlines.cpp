#include "commands/deadlines.hpp"

namespace feedctl::commands {

namespace {
constexpr std::chrono::milliseconds pause{100};
}

void Deadlines::watch(WaitingPtr waiting) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable() && !closing_) thread_ = std::thread([this] { run(); });
    watched_.push_back(std::move(waiting));
    wake = std::exchange(asleep_, false);
  }
  if (wake) woken_.notify_one();
}

void Deadlines::run() {
  std::vector<WaitingPtr> over;
  std::unique_lock lock(mutex_);
  while (!closing_) {
    // It sleeps for long only when a whole pause has brought nobody, so that few wake it.
    asleep_ = watched_.empty();
    if (asleep_)
      woken_.wait(lock, [&] { return closing_ || !asleep_; });
    else
      woken_.wait_for(lock, pause, [&] { return closing_; });
    const auto now = Clock::now();
    std::erase_if(watched_, [&](const auto& waiting) {
      const bool is_over = waiting->deadline <= now;
      if (is_over) over.push_back(waiting);
      return is_over || waiting->answered();
    });
    lock.unlock();
    for (const auto& waiting : over) waiting->expire();
    over.clear();
    lock.lock();
  }
}

void Deadlines::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  woken_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace feedctl::commands
