#pragma once
// Programs under test: run to their end, or in the background. What is still running in a
// destructor is killed.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dev_servers/child_process.hpp"

namespace feedctl::support {

// The feedctl binary that this build made.
std::string feedctl_binary();

struct RunOptions {
  std::vector<std::string> environment;  // "NAME=value" sets, "NAME" alone removes
  std::string input;
  std::filesystem::path folder;
  int stdin_fd = -1;  // for Background: what the program gets as its standard input
  std::chrono::milliseconds timeout{300'000};  // machines may be very busy
};

struct RunResult {
  int exit_code = 0;  // 128 + signal where one ended it
  std::string out;
  std::string err;
  bool timed_out = false;
};

RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {});
// The same for feedctl with these arguments.
RunResult run_feedctl(const std::vector<std::string>& arguments, const RunOptions& options = {});

// Standard output and error together, line by line. Thread-safe but for the constructor.
class BackgroundProcess {
 public:
  explicit BackgroundProcess(const std::vector<std::string>& argv, const RunOptions& options = {});
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;
  ~BackgroundProcess();

  pid_t pid() const { return child_.pid(); }
  bool is_running();
  void signal(int number) { child_.signal(number); }
  std::optional<int> wait(std::chrono::milliseconds timeout);
  // SIGTERM, then SIGKILL after `grace`; the exit code.
  int stop(std::chrono::milliseconds grace = std::chrono::milliseconds{60'000});
  // The first line that contains `text`, waited for; nullopt where it does not come.
  std::optional<std::string> wait_for_line(const std::string& text,
                                           std::chrono::milliseconds timeout);
  std::string output() const;

 private:
  void read(int fd);
  void read_what_is_left();

  mutable std::mutex mutex_;
  std::condition_variable output_changed_;
  std::string output_;
  bool ended_ = false;
  bool has_child_ended_ = false;
  bool is_all_read_ = false;  // that the child wrote; a grandchild may go on
  std::mutex child_mutex_;
  int pipe_[2];
  dev_servers::ChildProcess child_;
  std::thread reader_;
};

}  // namespace feedctl::support
