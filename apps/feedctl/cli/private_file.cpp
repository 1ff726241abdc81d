#include "feedctl/cli/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

Error cannot_write(const fs::path& path) {
  return Error(ErrorCode::failed, "cannot write " + path.string() + ": " + std::strerror(errno));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return ::fsync(fd) == 0;
}

}  // namespace

void replace_private_file(const fs::path& path, std::string_view text) {
  const auto unfinished = path.string() + ".new";
  ::unlink(unfinished.c_str());
  const int fd = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                        S_IRUSR | S_IWUSR);
  if (fd < 0) throw cannot_write(unfinished);
  const bool is_written = write_all(fd, text);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!is_written) throw cannot_write(unfinished);
  if (::rename(unfinished.c_str(), path.c_str()) != 0) throw cannot_write(path);
}

}  // namespace feedctl::cli
