#include "feedctl/cli/interrupts.hpp"

#include <unistd.h>

#include <bitset>
#include <csignal>

#include "feedctl/cli/exit_codes.hpp"
#include "feedctl/cli/fatal_errors.hpp"
#include "feedctl/cli/signals.hpp"

namespace feedctl::cli {

namespace {

volatile std::sig_atomic_t caught_signal = 0;

// A closed terminal sends SIGHUP twice, and a CPU timer repeats its signal.
bool is_counted_once(int signal) {
  return reaction_of(signal) != Reaction::stop;
}

void on_interrupt(int signal) {
  if (caught_signal != 0 && is_counted_once(signal)) return;
  if (caught_signal != 0) ::_exit(128 + signal);
  caught_signal = signal;
  write_stderr_now({"\nstopping at the next safe point; a second signal ends it at once\n"});
}

const char* volatile termination_message = "";

void on_termination(int signal) {
  write_stderr_now({termination_message});
  set_signal_handler(signal, SIG_DFL, SA_RESTART);
  ::raise(signal);  // takes effect once the handler returns
}

// Signals that an earlier InterruptGuard made the process ignore; its parent did not.
std::bitset<NSIG> ignored_by_us;

bool must_not_handle(int signal) {
  return has_foreign_handler(signal) ||
         (is_ignored(signal) && !ignored_by_us[static_cast<std::size_t>(signal)]);
}

// Returns the signals it handles: not those of other handlers, nor those the parent ignores, such
// as SIGHUP under nohup.
std::vector<int> install_handlers(void (*handler)(int)) {
  std::vector<int> handled;
  for (const auto reaction : {Reaction::stop, Reaction::time_limit, Reaction::hang_up}) {
    for (const int signal : signals_with(reaction)) {
      if (must_not_handle(signal)) continue;
      set_signal_handler(signal, handler, SA_RESTART);
      handled.push_back(signal);
    }
  }
  return handled;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  caught_signal = 0;
  handled_signals_ = install_handlers(on_interrupt);
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : handled_signals_) {
    const bool ignored = caught_signal != 0 && is_counted_once(signal);
    set_signal_handler(signal, ignored ? SIG_IGN : SIG_DFL, SA_RESTART);
    ignored_by_us[static_cast<std::size_t>(signal)] = ignored;
  }
}

TerminationMessage::TerminationMessage(const char* line) {
  termination_message = line;
  handled_signals_ = install_handlers(on_termination);
}

TerminationMessage::~TerminationMessage() {
  for (const int signal : handled_signals_) set_signal_handler(signal, SIG_DFL, SA_RESTART);
}

bool InterruptGuard::is_raised() {
  return caught_signal != 0;
}
int InterruptGuard::exit_code() {
  return caught_signal == 0 ? exit_ok : 128 + caught_signal;
}

}  // namespace feedctl::cli
