#include "feedctl/dev/stop_signals.hpp"

#include <ctime>

#include "feedctl/cli/signals.hpp"

namespace feedctl::cli {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  for (const auto reaction : {Reaction::stop, Reaction::time_limit, Reaction::hang_up}) {
    for (const int number : signals_with(reaction)) {
      if (!is_ignored(number)) sigaddset(&set_, number);  // ignored by the parent, as under nohup
    }
  }
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

void StopSignals::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_raised(); });
}

void StopSignals::set_on_second(std::function<void()> call) {
  std::lock_guard lock(mutex_);
  on_second_ = std::move(call);
}

void StopSignals::watch(const std::stop_token& stop) {
  const timespec moment{0, 100'000'000};
  while (!stop.stop_requested()) {
    const int number = sigtimedwait(&set_, nullptr, &moment);
    if (number <= 0) continue;
    // A closed terminal sends SIGHUP twice, and a CPU timer repeats its signal.
    if (is_raised() && reaction_of(number) != Reaction::stop) continue;
    std::lock_guard lock(mutex_);
    if (++count_ == 1) first_signal_ = number;
    changed_.notify_all();
    if (is_raised_again() && on_second_) on_second_();
  }
}

}  // namespace feedctl::cli
