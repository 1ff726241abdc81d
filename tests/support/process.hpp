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

#include "localstack/child.hpp"

namespace feedctl::support {

// The feedctl binary that this build made.
std::string feedctl_binary();

struct RunOptions {
  std::vector<std::string> environment;  // "NAME=value" sets, "NAME" alone removes
  std::string input;
  std::filesystem::path folder;
  int handed = -1;  // for Background: what the program gets as its standard input
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
class Background {
 public:
  explicit Background(const std::vector<std::string>& argv, const RunOptions& options = {});
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background();

  pid_t pid() const { return child_.pid(); }
  bool running();
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

  mutable std::mutex mutex_;
  std::condition_variable grown_;
  std::string output_;
  bool ended_ = false;
  std::mutex child_mutex_;
  int pipe_[2];
  localstack::Child child_;
  std::thread reader_;
};

}  // namespace feedctl::support
