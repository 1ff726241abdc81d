#include "feedctl/cli/signals.hpp"

#include <algorithm>
#include <array>

#include "feedctl/cli/fatal_errors.hpp"

namespace feedctl::cli {

namespace {

constexpr SignalEntry table[] = {
    {SIGTERM, "SIGTERM", Reaction::stop},
    {SIGINT, "SIGINT", Reaction::stop},
    {SIGQUIT, "SIGQUIT", Reaction::stop},
    {SIGALRM, "SIGALRM", Reaction::time_limit},
    {SIGVTALRM, "SIGVTALRM", Reaction::time_limit},
    {SIGPROF, "SIGPROF", Reaction::time_limit},
    {SIGXCPU, "SIGXCPU", Reaction::time_limit},
    {SIGHUP, "SIGHUP", Reaction::hang_up},
    {SIGUSR1, "SIGUSR1", Reaction::progress},
    {SIGUSR2, "SIGUSR2", Reaction::ignore},
    {SIGIO, "SIGIO", Reaction::ignore},
    {SIGPWR, "SIGPWR", Reaction::ignore},
#ifdef SIGSTKFLT
    {SIGSTKFLT, "SIGSTKFLT", Reaction::ignore},
#endif
    {SIGPIPE, "SIGPIPE", Reaction::fail_call},
    {SIGXFSZ, "SIGXFSZ", Reaction::fail_call},
    {SIGSEGV, "SIGSEGV", Reaction::crash},
    {SIGBUS, "SIGBUS", Reaction::crash},
    {SIGFPE, "SIGFPE", Reaction::crash},
    {SIGILL, "SIGILL", Reaction::crash},
    {SIGSYS, "SIGSYS", Reaction::crash},
    {SIGTRAP, "SIGTRAP", Reaction::system_default},
    {SIGABRT, "SIGABRT", Reaction::system_default},
    {SIGKILL, "SIGKILL", Reaction::system_default},
    {SIGSTOP, "SIGSTOP", Reaction::system_default},
    {SIGTSTP, "SIGTSTP", Reaction::system_default},
    {SIGTTIN, "SIGTTIN", Reaction::system_default},
    {SIGTTOU, "SIGTTOU", Reaction::system_default},
    {SIGCONT, "SIGCONT", Reaction::system_default},
    {SIGCHLD, "SIGCHLD", Reaction::system_default},
    {SIGURG, "SIGURG", Reaction::system_default},
    {SIGWINCH, "SIGWINCH", Reaction::system_default},
};

// By custom a parent ignores these for its children, too.
bool can_stay_ignored(int signal) {
  constexpr std::array customs{SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
  return std::find(customs.begin(), customs.end(), signal) != customs.end();
}

void (*handler_of(int signal))(int) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

// Uses no heap, lock or log: the signal may have interrupted any of them.
void on_crash(int signal) {
  write_stderr_now(
      {"feedctl: ended by ",
       signal == SIGBUS   ? "SIGBUS"
       : signal == SIGFPE ? "SIGFPE"
       : signal == SIGILL ? "SIGILL"
       : signal == SIGSYS ? "SIGSYS"
                          : "SIGSEGV",
       signal == SIGSEGV || signal == SIGBUS
           ? ", a bug in feedctl, or a stack too small (ulimit -s); its core file says where\n"
           : ", a bug in feedctl; its core file says where\n"});
  ::raise(signal);  // SA_RESETHAND has removed this handler
}

// A stack overflow of the main thread needs another stack to report it.
void install_alternate_stack() {
  static std::array<char, 16 * 1024> room;
  stack_t stack{};
  stack.ss_sp = room.data();
  stack.ss_size = room.size();
  ::sigaltstack(&stack, nullptr);
}

}  // namespace

std::span<const SignalEntry> signal_table() {
  return table;
}

Reaction reaction_of(int signal) {
  for (const auto& row : table) {
    if (row.number == signal) return row.reaction;
  }
  return Reaction::ignore;  // real-time signals
}

std::string signal_name(int signal) {
  for (const auto& row : table) {
    if (row.number == signal) return row.name;
  }
  return "signal " + std::to_string(signal);
}

std::vector<int> signals_with(Reaction reaction) {
  std::vector<int> found;
  for (const auto& row : table) {
    if (row.reaction == reaction) found.push_back(row.number);
  }
  if (reaction == Reaction::ignore) {
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) found.push_back(signal);
  }
  return found;
}

bool is_ignored(int signal) {
  return handler_of(signal) == SIG_IGN;
}

bool has_foreign_handler(int signal) {
  return handler_of(signal) != SIG_DFL && !is_ignored(signal);
}

void set_signal_handler(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

void reset_signal_dispositions() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  install_alternate_stack();
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (has_foreign_handler(signal)) continue;
    switch (reaction_of(signal)) {
      case Reaction::progress:
      case Reaction::ignore:
      case Reaction::fail_call:
        set_signal_handler(signal, SIG_IGN, 0);
        break;
      case Reaction::crash:
        set_signal_handler(signal, on_crash,
                           static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_NODEFER));
        break;
      default:
        if (!can_stay_ignored(signal)) set_signal_handler(signal, SIG_DFL, 0);
    }
  }
}

}  // namespace feedctl::cli
