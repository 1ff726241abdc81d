#include "feedctl/frame/daemon.hpp"

#include <cstdlib>

#include "base/log.hpp"
#include "base/time.hpp"
#include "feedctl/frame/exit_codes.hpp"
#include "feedctl/frame/signals.hpp"

namespace feedctl::cli {

namespace {

// A parent that ignores one of those that stop wants it ignored. What asks for nothing is ignored
// by ourselves, and SIGHUP asks a daemon for its configuration under nohup, too.
bool is_wanted(int signal) {
  if (is_handled_elsewhere(signal)) return false;
  return reaction_to(signal) != Reaction::stop || !is_ignored(signal);
}

void add_signals(sigset_t& set, Reaction reaction) {
  for (const int signal : signals_with(reaction)) {
    if (is_wanted(signal)) sigaddset(&set, signal);
  }
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  add_signals(set, Reaction::stop);
  return set;
}

}  // namespace

sigset_t block_signals() {
  auto set = stop_signals();
  for (const auto reaction :
       {Reaction::limit, Reaction::hang_up, Reaction::progress, Reaction::ignore})
    add_signals(set, reaction);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return set;
}

int next_signal(const sigset_t& set, std::chrono::milliseconds patience) {
  const timespec wait{patience.count() / 1000, patience.count() % 1000 * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &wait);
  if (signal <= 0) return 0;
  const auto reaction = reaction_to(signal);
  if (reaction != Reaction::progress && reaction != Reaction::ignore) return signal;
  log::info("a signal that asks for nothing", {{"signal", name_of_signal(signal)}});
  return 0;
}

bool asks_for_reload(int signal) {
  return signal == SIGHUP;
}

int exit_code_after(int signal) {
  return reaction_to(signal) == Reaction::limit ? 128 + signal : exit_ok;
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
