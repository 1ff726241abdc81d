#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "base/time.hpp"

namespace feedctl::support {
namespace {

using std::chrono::milliseconds;

dev_servers::Command command_of(const std::vector<std::string>& argv, const RunOptions& options) {
  dev_servers::Command command;
  command.argv = argv;
  command.environment = options.environment;
  command.working_dir = options.folder;
  command.death_signal = SIGKILL;
  return command;
}

int* made_pipe(int* ends) {
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  return ends;
}

void close_end(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

// Feeds standard input and reads both outputs until they end or time is up.
class Exchange {
 public:
  // Input goes over a socket: writing to one that the program has closed raises no SIGPIPE.
  Exchange() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in_) != 0) {
      throw std::runtime_error("cannot make a socket");
    }
    made_pipe(out_);
    made_pipe(err_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    for (int* ends : {in_, out_, err_}) {
      close_end(ends[0]);
      close_end(ends[1]);
    }
  }

  void connect(dev_servers::Command& command) const {
    command.stdin_fd = in_[0];
    command.stdout_fd = out_[1];
    command.stderr_fd = err_[1];
  }

  // False where time was up.
  bool pump(const std::string& input, RunResult& result, const Deadline& deadline) {
    close_end(in_[0]);
    close_end(out_[1]);
    close_end(err_[1]);
    std::size_t sent = 0;
    if (input.empty()) close_end(in_[1]);
    while (out_[0] >= 0 || err_[0] >= 0) {
      std::array<pollfd, 3> ends{
          {{in_[1], POLLOUT, 0}, {out_[0], POLLIN, 0}, {err_[0], POLLIN, 0}}};
      if (deadline.is_expired()) return false;
      if (::poll(ends.data(), ends.size(), static_cast<int>(deadline.remaining().count())) <= 0)
        continue;
      if (ends[0].revents != 0) feed(input, sent);
      if (ends[1].revents != 0) drain(out_[0], result.out);
      if (ends[2].revents != 0) drain(err_[0], result.err);
    }
    return true;
  }

 private:
  void feed(const std::string& input, std::size_t& sent) {
    const auto count =
        ::send(in_[1], input.data() + sent, input.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (sent == input.size() || (count < 0 && errno != EAGAIN)) close_end(in_[1]);
  }

  static void drain(int& fd, std::string& into) {
    char buffer[16384];
    const auto count = ::read(fd, buffer, sizeof buffer);
    if (count > 0) {
      into.append(buffer, static_cast<std::size_t>(count));
    } else {
      close_end(fd);
    }
  }

  int in_[2];
  int out_[2];
  int err_[2];
};

}  // namespace

std::string feedctl_binary() {
  const char* path = std::getenv("FEEDCTL_BINARY");
  if (path == nullptr) throw std::runtime_error("set FEEDCTL_BINARY to the feedctl to test");
  return path;
}

RunResult run(const std::vector<std::string>& argv, const RunOptions& options) {
  auto command = command_of(argv, options);
  Exchange exchange;
  exchange.connect(command);
  const auto deadline = Deadline::after(options.timeout);
  dev_servers::ChildProcess child(command);
  RunResult result;
  const bool ended =
      exchange.pump(options.input, result, deadline) && child.wait(deadline.remaining());
  result.timed_out = !ended;
  result.exit_code = child.stop(SIGKILL, milliseconds{0}).code;
  return result;
}

RunResult run_feedctl(const std::vector<std::string>& arguments, const RunOptions& options) {
  std::vector<std::string> argv{feedctl_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(argv, options);
}

namespace {

dev_servers::Command background_command(const std::vector<std::string>& argv,
                                        const RunOptions& options, int fd) {
  auto command = command_of(argv, options);
  command.stdout_fd = command.stderr_fd = fd;
  command.stdin_fd = options.stdin_fd;
  return command;
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& argv,
                                     const RunOptions& options)
    : child_(background_command(argv, options, made_pipe(pipe_)[1])) {
  close_end(pipe_[1]);
  reader_ = std::thread([this] { read(pipe_[0]); });
}

BackgroundProcess::~BackgroundProcess() {
  child_.stop(SIGKILL, milliseconds{0});
  // A grandchild may still hold the other end.
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  reader_.join();
  close_end(pipe_[0]);
}

bool BackgroundProcess::is_running() {
  std::lock_guard lock(child_mutex_);
  return child_.is_running();
}

std::optional<int> BackgroundProcess::wait(milliseconds timeout) {
  std::lock_guard lock(child_mutex_);
  const auto ended = child_.wait(timeout);
  if (!ended) return std::nullopt;
  read_what_is_left();
  return ended->code;
}

int BackgroundProcess::stop(milliseconds grace) {
  std::lock_guard lock(child_mutex_);
  const int code = child_.stop(SIGTERM, grace).code;
  read_what_is_left();
  return code;
}

void BackgroundProcess::read_what_is_left() {
  std::unique_lock lock(mutex_);
  has_child_ended_ = true;
  output_changed_.wait(lock, [&] { return is_all_read_ || ended_; });
}

std::optional<std::string> BackgroundProcess::wait_for_line(const std::string& text,
                                                            milliseconds timeout) {
  const auto deadline = Deadline::after(timeout);
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto at = output_.find(text);
    const auto end = at == std::string::npos ? at : output_.find('\n', at);
    if (end != std::string::npos) {
      const auto before = output_.rfind('\n', at);
      const auto begin = before == std::string::npos ? 0 : before + 1;
      return output_.substr(begin, end - begin);
    }
    if (ended_ || deadline.is_expired()) return std::nullopt;
    output_changed_.wait_for(lock,
                             std::min(deadline.remaining() + milliseconds{1}, milliseconds{100}));
  }
}

std::string BackgroundProcess::output() const {
  std::lock_guard lock(mutex_);
  return output_;
}

void BackgroundProcess::read(int fd) {
  char buffer[4096];
  for (bool has_child_ended = false;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, has_child_ended ? 0 : 50);
    const auto count = ready > 0 ? ::read(fd, buffer, sizeof buffer) : 0;
    std::lock_guard lock(mutex_);
    if (ready > 0 && count <= 0) ended_ = true;
    if (ready == 0 && has_child_ended) is_all_read_ = true;
    has_child_ended = has_child_ended_ && !is_all_read_;
    if (count > 0) output_.append(buffer, static_cast<std::size_t>(count));
    output_changed_.notify_all();
    if (ended_ && count <= 0) return;
  }
}

}  // namespace feedctl::support
