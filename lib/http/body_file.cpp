#include "http/body_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace feedctl::http {

namespace {

struct FdGuard {
  ~FdGuard() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

[[noreturn]] void fail_to_read(int error) {
  throw Error(ErrorCode::unavailable, "cannot read the request body")
      .with_detail(std::string("a spilled body: ") + std::strerror(error))
      .with_hint(body_file_hint(error));
}

}  // namespace

const char* body_file_hint(int error) {
  switch (error) {
    case EFBIG:
      return "raise the limit of file sizes (ulimit -f, LimitFSIZE=)";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n, LimitNOFILE=)";
    case ENOSPC:
    case EDQUOT:
      return "make room there, or name another folder by TMPDIR";
    default:
      return "name by TMPDIR a folder that can be written to";
  }
}

std::string read_body_file(const std::string& path) {
  const FdGuard file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) fail_to_read(errno);
  std::string content;
  for (std::array<char, 65536> part;;) {
    const auto n = ::read(file.number, part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_read(errno);
    if (n == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(n));
  }
}

std::string read_body(const Request& request) {
  return request.body_file.empty() ? request.body : read_body_file(request.body_file);
}

}  // namespace feedctl::http
