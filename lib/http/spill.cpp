#include "http/spill.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"

namespace feedctl::http {

namespace {

struct Descriptor {
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  const int number;
};

std::string temporary_folder() {
  const char* named = ::getenv("TMPDIR");
  // A relative one would mean the folder that serve was started in.
  return named != nullptr && *named == '/' ? named : "/tmp";
}

const char* remedy_for(int error) {
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

[[noreturn]] void fail_to_read(int error) {
  throw Error(ErrorCode::unavailable, "cannot read the request body")
      .with_detail(std::string("a spilled body: ") + std::strerror(error))
      .with_hint(remedy_for(error));
}

[[noreturn]] void fail(const char* what, int error) {
  throw Error(ErrorCode::unavailable, "cannot store the request body")
      .with_detail(std::string(what) + " in " + temporary_folder() + ": " + std::strerror(error))
      .with_hint(remedy_for(error));
}

}  // namespace

bool BodyFiles::take() {
  if (++open_ <= most_) return true;
  --open_;
  return false;
}

SpilledFile& SpilledFile::operator=(SpilledFile&& other) noexcept {
  if (this != &other) {
    close();
    files_ = std::exchange(other.files_, nullptr);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

SpilledFile SpilledFile::create(BodyFiles* files) {
  if (files != nullptr && !files->take()) {
    throw Error(ErrorCode::unavailable, "too busy, try again");
  }
  SpilledFile file;
  file.files_ = files;
  const auto folder = temporary_folder();
  file.fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file.fd_ < 0) {  // a file system without O_TMPFILE
    auto name = folder + "/feedctl-body-XXXXXX";
    file.fd_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file.fd_ < 0) fail("temporary file", errno);
    ::unlink(name.c_str());
  }
  return file;
}

void SpilledFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("write", n == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string SpilledFile::path() const {
  return "/proc/self/fd/" + std::to_string(fd_);
}

void SpilledFile::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  if (files_ != nullptr) std::exchange(files_, nullptr)->give_back();
}

std::string read_spilled(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
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

}  // namespace feedctl::http
