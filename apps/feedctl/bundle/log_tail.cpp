#include "feedctl/bundle/log_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/unique_fd.hpp"

namespace feedctl::cli::support_bundle {

namespace {

Error cannot_read(const std::string& path, const std::string& why) {
  return Error(ErrorCode::failed, "cannot read " + path + ": " + why);
}

std::string read_range(int fd, const std::string& path, off_t from, std::size_t size) {
  std::string text(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const auto count = ::pread(fd, text.data() + got, size - got, from + static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw cannot_read(path, std::strerror(errno));
    if (count == 0) break;  // it was made shorter meanwhile
    got += static_cast<std::size_t>(count);
  }
  text.resize(got);
  return text;
}

bool is_compressed(const std::string& text) {
  return text.starts_with("\x1f\x8b") || text.starts_with("\x28\xb5\x2f\xfd") ||
         text.starts_with(
             "\xfd"
             "7zXZ") ||
         text.starts_with("BZh");
}

}  // namespace

LogTail read_log_tail(const std::string& path, std::size_t max_bytes) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw cannot_read(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) throw cannot_read(path, "it is no regular file");
  if (is_compressed(read_range(file.get(), path, 0, 6)))
    throw cannot_read(path, "it is compressed; unpack it first");
  const auto max = static_cast<off_t>(max_bytes);
  LogTail tail;
  tail.is_cut = status.st_size > max;
  const auto from = tail.is_cut ? status.st_size - max : 0;
  tail.text = read_range(file.get(), path, from, static_cast<std::size_t>(status.st_size - from));
  // A part of a line might be a part of a secret, which nothing recognizes.
  if (tail.is_cut) {
    const auto newline = tail.text.find('\n');
    tail.text.erase(0, newline == std::string::npos ? newline : newline + 1);
  }
  return tail;
}

}  // namespace feedctl::cli::support_bundle
