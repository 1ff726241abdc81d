#pragma once
// What each signal does to a process of feedctl: one table for daemons and for commands. Plain
// functions, for the main thread unless they say otherwise.
#include <csignal>
#include <span>
#include <string>
#include <vector>

namespace feedctl::cli {

enum class Reaction {
  stop,      // drain, or stop at the next safe point; once more ends the process at once
  limit,     // the same because time is over: it counts once, and the process has failed
  hang_up,   // a daemon reads its configuration again, a command stops
  progress,  // a command shows how far it is, a daemon says that it has none to show
  ignore,    // nothing happens
  refuse,    // the call that caused it fails instead
  crash,     // a last line, then what the system does
  system,    // what the system does
};

struct SignalRow {
  int number;
  const char* name;
  Reaction reaction;
};
std::span<const SignalRow> signal_table();

Reaction reaction_to(int signal);
// "SIGTERM"; "SIGRTMIN+3" and the like are "signal 37".
std::string name_of_signal(int signal);
std::vector<int> signals_with(Reaction reaction);

// Begins the process with the dispositions that the table wants, whatever its parent left: nothing
// blocked and nothing ignored. Only what a parent ignores by custom stays so: SIGHUP (nohup),
// SIGINT and SIGQUIT (a shell's background), and those that stop a job. Called first in main.
void reset_signals();

// Whether somebody else has put a handler there, such as a profiler that was preloaded.
bool is_handled_elsewhere(int signal);
bool is_ignored(int signal);

}  // namespace feedctl::cli
