#include "feedctl/cli/stdio.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::cli {

namespace {

// If a write to a character device fails with EIO, the terminal has gone.
bool is_character_device(int fd) {
  struct stat what {};
  return ::fstat(fd, &what) == 0 && S_ISCHR(what.st_mode);
}

}  // namespace

void reserve_standard_fds() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // Opened for the opposite direction, so that each use still fails.
    const int opened = ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
    if (opened >= 0 && opened != fd) ::dup2(opened, fd);
  }
}

void write_stdout(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE || (errno == EIO && is_character_device(STDOUT_FILENO))) {
      throw StdoutClosed{};
    } else if (errno != EINTR) {
      throw Error(ErrorCode::failed,
                  std::string("cannot write to standard output: ") + std::strerror(errno));
    }
  }
}

}  // namespace feedctl::cli
