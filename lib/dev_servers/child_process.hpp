#pragma once
// Child process that cannot outlive its parent: the kernel signals it when the parent ends
// (PR_SET_PDEATHSIG).
//
// It has a process group of its own, so Ctrl-C of a terminal reaches only the parent, which stops
// its children in order. A ChildProcess owns the process; one thread uses it at a time.
#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dev_servers/os_account.hpp"

namespace feedctl::dev_servers {

struct Command {
  std::vector<std::string> argv;
  std::filesystem::path program;         // the file to run, if it is not argv[0]
  std::vector<std::string> environment;  // "NAME=value" sets, "NAME" alone removes
  std::filesystem::path working_dir;     // empty: that of the parent
  std::filesystem::path log_file;        // standard output and error are appended here
  int stdin_fd = -1;                     // -1: /dev/null
  int stdout_fd = -1;                    // -1: that of the parent; log_file wins
  int stderr_fd = -1;
  std::optional<OsAccount> account;
  int death_signal = SIGTERM;  // sent when the parent ends
};

struct ExitStatus {
  int code = 0;  // 128 + signal if a signal ended it
  int signal = 0;
  std::string describe() const;  // "exit code 3", "signal 9"
};

class ChildProcess {
 public:
  // Error(failed) if it cannot start.
  explicit ChildProcess(const Command& command);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess();  // kills it if it runs

  pid_t pid() const { return pid_; }
  bool is_running() { return !wait(std::chrono::milliseconds{0}); }
  void signal(int number) const;
  std::optional<ExitStatus> wait(std::chrono::milliseconds timeout);
  // Signals it and waits; kills it and its process group after `grace`.
  ExitStatus stop(int number, std::chrono::milliseconds grace);

 private:
  pid_t pid_ = -1;
  std::optional<ExitStatus> exit_status_;
};

// Runs a command to its end and returns its output of both streams. Kills it after `timeout`.
struct ProcessResult {
  ExitStatus status;
  std::string output;
};
ProcessResult run(Command command, std::chrono::milliseconds timeout);

// True once a process has ended, even as a zombie: in a container without an init nothing reaps it.
bool has_ended(pid_t pid);

}  // namespace feedctl::dev_servers
