#include "http_server/body_spool.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "http/body_file.hpp"

namespace feedctl::http {

namespace {

std::string temporary_directory() {
  const char* named = ::getenv("TMPDIR");
  // A relative path would mean the folder that the server was started in.
  return named != nullptr && *named == '/' ? named : "/tmp";
}

[[noreturn]] void fail(const char* what, int error) {
  throw Error(ErrorCode::unavailable, "cannot store the request body")
      .with_detail(std::string(what) + " in " + temporary_directory() + ": " + std::strerror(error))
      .with_hint(body_file_hint(error));
}

}  // namespace

bool BodySpool::try_acquire() {
  if (++open_ <= max_open_) return true;
  --open_;
  return false;
}

SpooledFile& SpooledFile::operator=(SpooledFile&& other) noexcept {
  if (this != &other) {
    close();
    spool_ = std::exchange(other.spool_, nullptr);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

SpooledFile SpooledFile::create(BodySpool* spool) {
  if (spool != nullptr && !spool->try_acquire()) {
    throw Error(ErrorCode::unavailable, "too busy, try again");
  }
  SpooledFile file;
  file.spool_ = spool;
  const auto folder = temporary_directory();
  file.fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file.fd_ < 0) {  // a file system without O_TMPFILE
    auto name = folder + "/feedctl-body-XXXXXX";
    file.fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file.fd_ < 0) fail("temporary file", errno);
    ::unlink(name.c_str());
  }
  return file;
}

void SpooledFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("write", n == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string SpooledFile::path() const {
  return "/proc/self/fd/" + std::to_string(fd_);
}

void SpooledFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (spool_ != nullptr) std::exchange(spool_, nullptr)->release();
}

}  // namespace feedctl::http
