#pragma once
// Signals of a daemon: blocked in all threads, and received by one with sigtimedwait(). signals.hpp
// has the table of signals.
//
// Plain functions without errors. One thread receives a signal set at a time.
#include <chrono>
#include <csignal>

namespace feedctl::cli {

// Blocks all signals that end the process or request something, and returns them. Call it before
// any thread starts, so that only next_signal() receives them.
sigset_t block_signals();

// The signals of the reaction `stop` that this process may block.
sigset_t stop_signals();

// A stop signal or SIGHUP of `set` that arrives within `timeout`, else 0. It may return 0 early:
// other signals are only logged.
int next_signal(const sigset_t& set, std::chrono::milliseconds timeout);

// True for SIGHUP.
bool is_reload_signal(int signal);

// The exit code of a daemon that has drained after `signal`: 0, or 128 + the signal of a time
// limit.
int exit_code_after(int signal);

// Flushes the log and ends the process without destructors.
[[noreturn]] void exit_immediately(int code);

}  // namespace feedctl::cli
