#include "http_server/file_sender.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace feedctl::http {

namespace {

constexpr std::size_t prefetched_bytes = 512 * 1024;

ssize_t fail(int error) {
  errno = error;
  return -1;
}

ssize_t copy_file_piece(int socket, int file, off_t offset, std::size_t size) {
  std::array<char, 16 * 1024> buffer;
  const auto got = ::pread(file, buffer.data(), std::min(size, buffer.size()), offset);
  if (got < 0) return fail(errno == EAGAIN ? EIO : errno);
  if (got == 0) return fail(EIO);
  return ::send(socket, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
}

}  // namespace

ssize_t send_file_piece(int socket, const FileBody& body, std::size_t position, std::size_t max) {
  const auto size = std::min(max, body.size - position);
  auto offset = static_cast<off_t>(body.offset + position);
  const auto sent = ::sendfile(socket, body.file->get(), &offset, size);
  if (sent == 0) return fail(EIO);
  if (sent > 0 || (errno != EINVAL && errno != ENOSYS)) return sent;
  return copy_file_piece(socket, body.file->get(), offset, size);
}

void prefetch_file(const FileBody& body) {
  ::posix_fadvise(body.file->get(), static_cast<off_t>(body.offset),
                  static_cast<off_t>(std::min(body.size, prefetched_bytes)), POSIX_FADV_WILLNEED);
}

}  // namespace feedctl::http
