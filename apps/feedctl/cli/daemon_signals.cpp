#include "feedctl/cli/daemon_signals.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/signals.hpp"

namespace feedctl::cli {

namespace {

// A stop signal that the parent ignores stays ignored. This process itself ignores the other
// signals, and SIGHUP requests a reload even under nohup.
bool should_block(int signal) {
  if (has_foreign_handler(signal)) return false;
  return reaction_of(signal) != Reaction::stop || !is_ignored(signal);
}

void add_signals(sigset_t& set, Reaction reaction) {
  for (const int signal : signals_with(reaction)) {
    if (should_block(signal)) sigaddset(&set, signal);
  }
}

}  // namespace

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  add_signals(set, Reaction::stop);
  return set;
}

sigset_t block_signals() {
  auto set = stop_signals();
  for (const auto reaction :
       {Reaction::time_limit, Reaction::hang_up, Reaction::progress, Reaction::ignore})
    add_signals(set, reaction);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int next_signal(const sigset_t& set, std::chrono::milliseconds timeout) {
  const timespec wait{timeout.count() / 1000, timeout.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  if (signal <= 0) return 0;
  const auto reaction = reaction_of(signal);
  if (reaction != Reaction::progress && reaction != Reaction::ignore) return signal;
  log::info("ignored a signal", {{"signal", signal_name(signal)}});
  return 0;
}

bool is_reload_signal(int signal) {
  return signal == SIGHUP;
}

int exit_code_after(int signal) {
  return reaction_of(signal) == Reaction::time_limit ? 128 + signal : exit_ok;
}

void exit_immediately(int code) {
  log::flush();
  std::_Exit(code);
}

}  // namespace feedctl::cli
