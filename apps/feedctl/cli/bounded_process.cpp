#include "feedctl/cli/bounded_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "base/error.hpp"
#include "base/time.hpp"
#include "base/unique_fd.hpp"
#include "dev_servers/child_process.hpp"
#include "feedctl/cli/interrupts.hpp"

namespace feedctl::cli {

namespace {

using std::chrono::milliseconds;

struct Pipe {
  UniqueFd read_end, write_end;

  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(ErrorCode::failed, "cannot make a pipe");
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
};

// Reads what is there; false: the end. What is beyond the limit is read and dropped, so that the
// program does not wait for its reader.
bool read_some(int fd, std::string& text, std::size_t max, bool& is_cut) {
  std::array<char, 16 * 1024> buffer;
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  const auto kept = std::min(static_cast<std::size_t>(got), max - std::min(max, text.size()));
  text.append(buffer.data(), kept);
  is_cut = is_cut || kept < static_cast<std::size_t>(got);
  return true;
}

void read_streams(Pipe& out, Pipe& err, ProcessOutput& output, const ProcessLimits& limits,
                  Deadline deadline) {
  std::array<pollfd, 2> streams{pollfd{out.read_end.get(), POLLIN, 0},
                                pollfd{err.read_end.get(), POLLIN, 0}};
  const auto is_open = [](const pollfd& stream) { return stream.fd >= 0; };
  while (std::any_of(streams.begin(), streams.end(), is_open) && !deadline.is_expired() &&
         !InterruptGuard::is_raised()) {
    const auto wait = std::min(deadline.remaining(), milliseconds{100});
    if (::poll(streams.data(), streams.size(), static_cast<int>(wait.count())) <= 0) continue;
    for (auto& stream : streams) {
      if (!is_open(stream) || stream.revents == 0) continue;
      auto& text = &stream == &streams[0] ? output.out : output.err;
      if (!read_some(stream.fd, text, limits.max_output, output.is_cut)) stream.fd = -1;
    }
  }
}

}  // namespace

ProcessOutput run_bounded(const std::vector<std::string>& argv, const ProcessLimits& limits) {
  ProcessOutput output;
  try {
    Pipe out, err;
    dev_servers::Command command;
    command.argv = argv;
    command.stdout_fd = out.write_end.get();
    command.stderr_fd = err.write_end.get();
    command.death_signal = SIGKILL;
    const auto deadline = Deadline::after(limits.timeout);
    dev_servers::ChildProcess child(command);
    out.write_end.reset();
    err.write_end.reset();
    read_streams(out, err, output, limits, deadline);
    const auto status =
        child.wait(InterruptGuard::is_raised() ? milliseconds{0} : deadline.remaining());
    if (status) {
      output.exit_code = status->code;
    } else {
      child.stop(SIGKILL, milliseconds{0});
      output.failure = InterruptGuard::is_raised()
                           ? "interrupted"
                           : "did not end within " + std::to_string(limits.timeout.count()) + " ms";
    }
  } catch (const Error& error) {
    output.failure = error.what();
  }
  return output;
}

}  // namespace feedctl::cli
