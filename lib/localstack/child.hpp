#pragma once
// A child process that cannot outlive us: the kernel signals it when we die, however we die. It has
// a process group of its own, so a terminal's Ctrl-C reaches us alone and we end children in order.
// A Child is used by one thread at a time.
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "localstack/account.hpp"

namespace feedctl::localstack {

struct Command {
  std::vector<std::string> argv;
  std::filesystem::path program;         // the file to run where it is not argv[0]
  std::vector<std::string> environment;  // "NAME=value" sets, "NAME" alone removes
  std::filesystem::path folder;          // to run in; ours where empty
  std::filesystem::path log;             // standard output and error are appended here
  int in = -1;                           // -1: /dev/null
  int out = -1;                          // -1: ours; `log` goes first
  int err = -1;
  std::optional<Account> account;
  int death_signal = SIGTERM;  // sent when we die
};

struct Exit {
  int code = 0;  // 128 + signal where a signal ended it
  int signal = 0;
  std::string describe() const;  // "exit code 3", "signal 9"
};

class Child {
 public:
  // Error(failed) where it cannot be started.
  explicit Child(const Command& command);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();  // kills it

  pid_t pid() const { return pid_; }
  bool running() { return !wait(std::chrono::milliseconds{0}); }
  void signal(int number) const;
  std::optional<Exit> wait(std::chrono::milliseconds timeout);
  // Signals it and waits; kills it and its process group after `grace`.
  Exit stop(int number, std::chrono::milliseconds grace);

 private:
  pid_t pid_ = -1;
  std::optional<Exit> exit_;
};

// Runs it to its end; the code, and what it printed on both outputs. Kills it after `timeout`.
struct Finished {
  Exit exit;
  std::string output;
};
Finished run(Command command, std::chrono::milliseconds timeout);

// True once a process has ended, also where nobody has waited for it yet: a zombie stays where
// process 1 does not reap, as in a container without an init.
bool ended(pid_t pid);

}  // namespace feedctl::localstack
