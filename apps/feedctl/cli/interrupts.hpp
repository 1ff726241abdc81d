#pragma once
// Signal handling of one-shot commands: a signal either requests a stop at the next safe point, or
// prints a last line before it ends the process. signals.hpp has the table of signals.
//
// At most one object of each class at a time, made and destroyed by the main thread. The static
// functions of InterruptGuard are thread-safe.
#include <vector>

namespace feedctl::cli {

// While it lives, a first stop signal (SIGINT, SIGTERM, SIGQUIT), SIGHUP or a CPU timer's signal
// only raises a flag. A second stop signal ends the process. Signals that the parent ignores, as
// under nohup, stay ignored.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  static bool is_raised();
  // 128 + the first signal, else 0. Valid also after the object's end.
  static int exit_code();

 private:
  std::vector<int> handled_signals_;
};

// While it lives, a signal that ends the process first prints this line to standard error. For work
// whose every step is a transaction.
class TerminationMessage {
 public:
  explicit TerminationMessage(const char* line);  // with its newline
  ~TerminationMessage();
  TerminationMessage(const TerminationMessage&) = delete;
  TerminationMessage& operator=(const TerminationMessage&) = delete;

 private:
  std::vector<int> handled_signals_;
};

}  // namespace feedctl::cli
