#include "feedctl/frame/daemon.hpp"

#include <cstdlib>

namespace feedctl::cli {

sigset_t block_stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int stop_signal(const sigset_t& set, std::chrono::milliseconds patience) {
  const timespec wait{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  return signal > 0 ? signal : 0;
}

SecondSignal::SecondSignal(const sigset_t& set)
    : thread_([this, set] {
        while (!done_) {
          if (const int signal = stop_signal(set, std::chrono::milliseconds{100})) {
            std::_Exit(128 + signal);
          }
        }
      }) {}

SecondSignal::~SecondSignal() {
  done_ = true;
  thread_.join();
}

}  // namespace feedctl::cli
