#include "http/body_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/memory_file.hpp"

namespace feedctl::http {

namespace {

[[noreturn]] void fail_to_read(int error) {
  throw Error(ErrorCode::unavailable, "cannot read the request body")
      .with_detail(std::string("a spilled body: ") + std::strerror(error))
      .with_hint(body_file_hint(error));
}

UniqueFd open_file(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) fail_to_read(errno);
  return file;
}

UniqueFd to_memory_file(std::string_view bytes) {
  auto file = make_memory_file("feedctl-body", bytes);
  if (!file.is_open()) fail_to_read(errno);
  return file;
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
  const auto file = open_file(path);
  std::string content;
  for (std::array<char, 65536> part;;) {
    const auto n = ::read(file.get(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_read(errno);
    if (n == 0) return content;
    content.append(part.data(), static_cast<std::size_t>(n));
  }
}

UniqueFd open_body(const Request& request) {
  return request.body_file.empty() ? to_memory_file(request.body) : open_file(request.body_file);
}

std::size_t read_at(int fd, std::size_t offset, char* to, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const auto n = ::pread(fd, to + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_to_read(errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::string read_body(const Request& request) {
  return request.body_file.empty() ? request.body : read_body_file(request.body_file);
}

}  // namespace feedctl::http
