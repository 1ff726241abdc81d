#include "http_client/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "http_client/failure.hpp"

namespace feedctl::http_client {

namespace {

CallFailure failure_of(const char* what, int error) {
  return CallFailure(std::string(what) + ": " + std::strerror(error));
}

bool must_wait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

Connection::Connection(const IpAddress& address, int port, const ConnectionLimits& limits)
    : limits_(limits) {
  const auto target = to_socket_address(address, port);
  fd_ = ::socket(target.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) throw failure_of("socket", errno);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  try {
    connect(target);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Connection::~Connection() {
  ::close(fd_);
}

void Connection::connect(const SocketAddress& target) {
  if (::connect(fd_, target.get(), target.size) == 0) return;
  if (errno != EINPROGRESS) throw failure_of("connect", errno);
  await(POLLOUT, limits_.connect_timeout);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) throw failure_of("connect", error);
}

void Connection::await(short events, std::chrono::milliseconds timeout) const {
  const auto until = std::min(Deadline::after(timeout).at(), limits_.deadline.at());
  for (;;) {
    const auto left = Deadline{until}.remaining();
    pollfd entry{fd_, events, 0};
    const int ready =
        ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw failure_of("poll", errno);
    if (Deadline{until}.is_expired()) throw CallFailure("no answer in time");
  }
}

std::size_t Connection::receive(char* buffer, std::size_t size) {
  if (limits_.deadline.is_expired()) throw CallFailure("no answer in time");
  for (;;) {
    const auto got = ::recv(fd_, buffer, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && must_wait(errno)) {
      await(POLLIN, limits_.read_timeout);
      continue;
    }
    if (got < 0) throw failure_of("receive", errno);
    received_ += static_cast<std::size_t>(got);
    if (received_ > limits_.max_received) throw CallFailure("the answer is too large");
    return static_cast<std::size_t>(got);
  }
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (must_wait(errno)) {
      await(POLLOUT, limits_.read_timeout);
    } else if (errno != EINTR) {
      throw failure_of("send", errno);
    }
  }
}

}  // namespace feedctl::http_client
