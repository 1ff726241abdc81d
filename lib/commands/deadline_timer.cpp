#include "commands/deadline_timer.hpp"

namespace feedctl::commands {

namespace {
constexpr std::chrono::milliseconds check_interval{100};
}

void DeadlineTimer::watch(PendingCommandPtr command) {
  bool wake = false;
  {
    const auto lock = thread_.lock();
    thread_.start(lock, [this] { run(); });
    watched_.push_back(std::move(command));
    wake = std::exchange(is_asleep_, false);
  }
  if (wake) thread_.wake();
}

void DeadlineTimer::run() {
  std::vector<PendingCommandPtr> timed_out;
  auto lock = thread_.lock();
  while (!thread_.is_stopping(lock)) {
    // It sleeps only after a whole interval without commands, so that few calls must wake it.
    is_asleep_ = watched_.empty();
    if (is_asleep_)
      thread_.wait(lock, [&] { return !is_asleep_; });
    else
      thread_.sleep_for(lock, check_interval);
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

}  // namespace feedctl::commands
