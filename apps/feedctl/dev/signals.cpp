#include "feedctl/dev/signals.hpp"

#include <ctime>

#include "feedctl/frame/signals.hpp"

namespace feedctl::cli {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  for (const auto reaction : {Reaction::stop, Reaction::limit, Reaction::hang_up}) {
    for (const int number : signals_with(reaction)) {
      if (!is_ignored(number)) sigaddset(&set_, number);  // by the parent, such as nohup
    }
  }
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  thread_ = std::thread([this] { watch(); });
}

StopSignals::~StopSignals() {
  done_ = true;
  thread_.join();
}

void StopSignals::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return raised(); });
}

void StopSignals::on_second(std::function<void()> call) {
  std::lock_guard lock(mutex_);
  on_second_ = std::move(call);
}

void StopSignals::watch() {
  const timespec moment{0, 100'000'000};
  while (!done_) {
    const int number = sigtimedwait(&set_, nullptr, &moment);
    if (number <= 0) continue;
    // A terminal that goes says so twice, and a timer again and again.
    if (raised() && reaction_to(number) != Reaction::stop) continue;
    std::lock_guard lock(mutex_);
    if (++count_ == 1) number_ = number;
    changed_.notify_all();
    if (raised_again() && on_second_) on_second_();
  }
}

}  // namespace feedctl::cli
