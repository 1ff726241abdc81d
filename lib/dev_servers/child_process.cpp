#include "dev_servers/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/error.hpp"
#include "base/time.hpp"
#include "dev_servers/fork_exec.hpp"

namespace feedctl::dev_servers {
namespace {

using std::chrono::milliseconds;

int check_result(int result, const std::string& what) {
  if (result < 0) throw Error(ErrorCode::failed, what + ": " + std::strerror(errno));
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

ExitStatus exit_status_of(int status) {
  if (WIFSIGNALED(status)) return {128 + WTERMSIG(status), WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

std::string ExitStatus::describe() const {
  return signal != 0 ? "signal " + std::to_string(signal) : "exit code " + std::to_string(code);
}

ChildProcess::ChildProcess(const Command& command) : pid_(spawn(command)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), exit_status_(std::move(other.exit_status_)) {}

ChildProcess::~ChildProcess() {
  if (pid_ > 0 && !exit_status_) stop(SIGKILL, milliseconds{0});
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0 && !exit_status_) ::kill(pid_, number);
}

std::optional<ExitStatus> ChildProcess::wait(milliseconds timeout) {
  const auto deadline = Deadline::after(timeout);
  milliseconds pause{1};
  while (!exit_status_) {
    int status = 0;
    const pid_t got = ::waitpid(pid_, &status, WNOHANG);
    if (got == pid_) {
      exit_status_ = exit_status_of(status);
    } else if (got < 0 && errno != EINTR) {
      exit_status_ = ExitStatus{255, 0};
    } else if (deadline.is_expired()) {
      return std::nullopt;
    } else {
      ::poll(nullptr, 0,
             static_cast<int>(std::min(pause, deadline.remaining() + milliseconds{1}).count()));
      pause = std::min(pause * 2, milliseconds{20});
    }
  }
  return exit_status_;
}

ExitStatus ChildProcess::stop(int number, milliseconds grace) {
  if (exit_status_) return *exit_status_;
  signal(number);
  if (!wait(grace)) ::kill(-pid_, SIGKILL);
  while (!exit_status_) wait(milliseconds{1000});
  return *exit_status_;
}

ProcessResult run(Command command, milliseconds timeout) {
  int ends[2];
  check_result(::pipe2(ends, O_CLOEXEC), "cannot make a pipe");
  Descriptor read_end{ends[0]};
  Descriptor write_end{ends[1]};
  command.stdout_fd = command.stderr_fd = write_end.get();
  const auto deadline = Deadline::after(timeout);
  ChildProcess child(command);
  write_end.close();

  ProcessResult finished;
  char buffer[4096];
  for (pollfd waiting{read_end.get(), POLLIN, 0}; !deadline.is_expired();) {
    if (::poll(&waiting, 1, static_cast<int>(deadline.remaining().count())) <= 0) continue;
    const ssize_t count = ::read(read_end.get(), buffer, sizeof buffer);
    if (count <= 0) break;
    finished.output.append(buffer, static_cast<std::size_t>(count));
  }
  finished.status = child.wait(deadline.remaining()) ? *child.wait(milliseconds{0})
                                                     : child.stop(SIGKILL, milliseconds{0});
  return finished;
}

bool has_ended(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(in, line)) return true;
  // "4711 (name) Z ..", and a name may hold brackets.
  const auto after_name = line.rfind(')');
  return after_name != std::string::npos && line.compare(after_name, 3, ") Z") == 0;
}

}  // namespace feedctl::dev_servers
