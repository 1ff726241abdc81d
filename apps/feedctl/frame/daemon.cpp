#include "feedctl/frame/daemon.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "base/time.hpp"
#include "feedctl/frame/exit_codes.hpp"

namespace feedctl::cli {

namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

sigset_t block_signals(Reloads reloads) {
  auto set = stop_signals();
  if (reloads == Reloads::yes) sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int next_signal(const sigset_t& set, std::chrono::milliseconds patience) {
  const timespec wait{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  return signal > 0 ? signal : 0;
}

void end_now(int code) {
  log::flush();
  std::_Exit(code);
}

LastResort::LastResort(std::optional<std::chrono::milliseconds> limit)
    : thread_([this, limit] {
        const auto set = stop_signals();
        const auto deadline = Deadline::after(limit.value_or(std::chrono::milliseconds{0}));
        while (!done_) {
          if (const int signal = next_signal(set, std::chrono::milliseconds{100})) {
            end_now(128 + signal);
          }
          if (limit && deadline.over()) {
            log::error("the way out took too long");
            end_now(exit_failed);
          }
        }
      }) {}

LastResort::~LastResort() {
  done_ = true;
  thread_.join();
}

}  // namespace feedctl::cli
