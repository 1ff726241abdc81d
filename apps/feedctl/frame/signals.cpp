#include "feedctl/frame/signals.hpp"

#include <algorithm>
#include <array>

#include "feedctl/frame/last_words.hpp"

namespace feedctl::cli {

namespace {

constexpr SignalRow table[] = {
    {SIGTERM, "SIGTERM", Reaction::stop},       {SIGINT, "SIGINT", Reaction::stop},
    {SIGQUIT, "SIGQUIT", Reaction::stop},       {SIGALRM, "SIGALRM", Reaction::limit},
    {SIGVTALRM, "SIGVTALRM", Reaction::limit},  {SIGPROF, "SIGPROF", Reaction::limit},
    {SIGXCPU, "SIGXCPU", Reaction::limit},      {SIGHUP, "SIGHUP", Reaction::hang_up},
    {SIGUSR1, "SIGUSR1", Reaction::progress},   {SIGUSR2, "SIGUSR2", Reaction::ignore},
    {SIGIO, "SIGIO", Reaction::ignore},         {SIGPWR, "SIGPWR", Reaction::ignore},
#ifdef SIGSTKFLT
    {SIGSTKFLT, "SIGSTKFLT", Reaction::ignore},
#endif
    {SIGPIPE, "SIGPIPE", Reaction::refuse},     {SIGXFSZ, "SIGXFSZ", Reaction::refuse},
    {SIGSEGV, "SIGSEGV", Reaction::crash},      {SIGBUS, "SIGBUS", Reaction::crash},
    {SIGFPE, "SIGFPE", Reaction::crash},        {SIGILL, "SIGILL", Reaction::crash},
    {SIGSYS, "SIGSYS", Reaction::crash},        {SIGTRAP, "SIGTRAP", Reaction::system},
    {SIGABRT, "SIGABRT", Reaction::system},     {SIGKILL, "SIGKILL", Reaction::system},
    {SIGSTOP, "SIGSTOP", Reaction::system},     {SIGTSTP, "SIGTSTP", Reaction::system},
    {SIGTTIN, "SIGTTIN", Reaction::system},     {SIGTTOU, "SIGTTOU", Reaction::system},
    {SIGCONT, "SIGCONT", Reaction::system},     {SIGCHLD, "SIGCHLD", Reaction::system},
    {SIGURG, "SIGURG", Reaction::system},       {SIGWINCH, "SIGWINCH", Reaction::system},
};

// What a parent ignores on purpose, for its children too.
bool is_ignored_by_custom(int signal) {
  constexpr std::array customs{SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
  return std::find(customs.begin(), customs.end(), signal) != customs.end();
}

void (*handler_of(int signal))(int) {
  struct sigaction action {};
  ::sigaction(signal, nullptr, &action);
  return action.sa_handler;
}

// Without memory, locks or the log: it may have been in the midst of any of them.
void on_crash(int signal) {
  say_now({"feedctl: ended by ",
           signal == SIGBUS   ? "SIGBUS"
           : signal == SIGFPE ? "SIGFPE"
           : signal == SIGILL ? "SIGILL"
           : signal == SIGSYS ? "SIGSYS"
                              : "SIGSEGV",
           signal == SIGSEGV || signal == SIGBUS
               ? ", a bug in feedctl, or a stack too small (ulimit -s); its core file says where\n"
               : ", a bug in feedctl; its core file says where\n"});
  ::raise(signal);  // its handler is reset by now
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

// Of its own, so that an overflow of the main thread's stack has its word, too.
void give_crashes_a_stack() {
  static std::array<char, 16 * 1024> room;
  stack_t stack{};
  stack.ss_sp = room.data();
  stack.ss_size = room.size();
  ::sigaltstack(&stack, nullptr);
}

}  // namespace

std::span<const SignalRow> signal_table() {
  return table;
}

Reaction reaction_to(int signal) {
  for (const auto& row : table) {
    if (row.number == signal) return row.reaction;
  }
  return Reaction::ignore;  // those of real time
}

std::string name_of_signal(int signal) {
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

bool is_handled_elsewhere(int signal) {
  return handler_of(signal) != SIG_DFL && !is_ignored(signal);
}

void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  give_crashes_a_stack();
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    if (is_handled_elsewhere(signal)) continue;
    switch (reaction_to(signal)) {
      case Reaction::progress:
      case Reaction::ignore:
      case Reaction::refuse:
        handle(signal, SIG_IGN, 0);
        break;
      case Reaction::crash:
        handle(signal, on_crash, static_cast<int>(SA_RESETHAND | SA_ONSTACK | SA_NODEFER));
        break;
      default:
        if (!is_ignored_by_custom(signal)) handle(signal, SIG_DFL, 0);
    }
  }
}

}  // namespace feedctl::cli
