#pragma once
// Table of signals: what each does to a daemon or a command, and the dispositions that follow from
// it.
//
// Plain functions. Those that change dispositions are for the main thread; the others are
// thread-safe.
#include <csignal>
#include <span>
#include <string>
#include <vector>

namespace feedctl::cli {

enum class Reaction {
  stop,            // drain, or stop at the next safe point; a second one ends the process
  time_limit,      // the same for a time limit: repeats do not count, and the process has failed
  hang_up,         // a daemon reloads its configuration, a command stops
  progress,        // a command prints its progress, a daemon only logs the signal
  ignore,          // nothing
  fail_call,       // the system call fails instead
  crash,           // print a line, then the system's default
  system_default,  // the system's default
};

struct SignalEntry {
  int number;
  const char* name;
  Reaction reaction;
};
std::span<const SignalEntry> signal_table();

Reaction reaction_of(int signal);
// "SIGTERM"; a real-time signal is "signal 37".
std::string signal_name(int signal);
std::vector<int> signals_with(Reaction reaction);

// Sets the dispositions of the table, whatever the parent left, and unblocks all signals. Signals
// that a parent ignores by custom stay ignored: SIGHUP (nohup), SIGINT and SIGQUIT (background
// jobs), and those of job control. main calls it first.
void reset_signal_dispositions();

// True if foreign code has installed a handler, such as a preloaded profiler.
bool has_foreign_handler(int signal);
bool is_ignored(int signal);

// sigaction() with an empty mask.
void set_signal_handler(int signal, void (*handler)(int), int flags);

}  // namespace feedctl::cli
