#include "http_server/body_spool.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
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

Error too_busy() {
  return Error(ErrorCode::unavailable, "too busy, try again");
}

}  // namespace

bool BodySpool::try_acquire() {
  if (++open_ <= max_open_) return true;
  --open_;
  return false;
}

bool BodySpool::try_reserve(std::size_t bytes) {
  if ((bytes_ += bytes) <= max_bytes_) return true;
  bytes_ -= bytes;
  return false;
}

bool BodySpool::is_in_memory() {
  struct statfs system {};
  if (::statfs(temporary_directory().c_str(), &system) != 0) return false;
  return system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC;
}

SpooledFile& SpooledFile::operator=(SpooledFile&& other) noexcept {
  if (this != &other) {
    close();
    spool_ = std::exchange(other.spool_, nullptr);
    fd_ = std::exchange(other.fd_, -1);
    reserved_bytes_ = std::exchange(other.reserved_bytes_, 0);
  }
  return *this;
}

SpooledFile SpooledFile::create(BodySpool* spool) {
  if (spool != nullptr && !spool->try_acquire()) throw too_busy();
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
  if (spool_ != nullptr) {
    if (!spool_->try_reserve(bytes.size())) throw too_busy();
    reserved_bytes_ += bytes.size();
  }
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
  if (spool_ == nullptr) return;
  spool_->free(std::exchange(reserved_bytes_, 0));
  std::exchange(spool_, nullptr)->release();
}

}  // namespace feedctl::http
