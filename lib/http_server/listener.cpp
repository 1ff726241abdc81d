#include "http_server/listener.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.hpp"
#include "base/ip_address.hpp"
#include "base/log.hpp"

namespace feedctl::http {

namespace {

constexpr int backlog = 4096;
constexpr std::size_t max_accept_batch = 64;
constexpr std::chrono::milliseconds accept_pause{50};

// The address as IpAddress writes it, and its port.
std::string address_of(const sockaddr_storage& from, int& port) {
  IpAddress address;
  if (from.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(&address.bytes[12], &v4.sin_addr, 4);
    port = ntohs(v4.sin_port);
  } else if (from.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
    port = ntohs(v6.sin6_port);
  } else {
    port = 0;
    return "unix";
  }
  return address.to_string();
}

int local_port(int fd) {
  sockaddr_storage here{};
  socklen_t size = sizeof here;
  int port = 0;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) == 0) address_of(here, port);
  return port;
}

Error cannot_listen(const std::string& host, int port, const char* reason, const char* hint) {
  return Error(ErrorCode::unavailable,
               "cannot listen on " + host + ":" + std::to_string(port) + ": " + reason)
      .with_hint(hint);
}

constexpr const char* other_host_hint = "give an address of this machine with --host";

const char* hint_for(int error) {
  switch (error) {
    case EADDRINUSE:
      return "choose another port with --port, or stop what listens there";
    case EACCES:
      return "choose a port above 1023 with --port, or let systemd open the socket";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n, LimitNOFILE=)";
    default:
      return other_host_hint;
  }
}

}  // namespace

Listener::Listener(const ServerOptions& options) {
  if (options.listen_fd) {
    fd_ = *options.listen_fd;
    const int flags = ::fcntl(fd_, F_GETFL);
    if (flags < 0 || ::fcntl(fd_, F_SETFL, flags | O_NONBLOCK) < 0 || ::listen(fd_, backlog) < 0) {
      throw Error(ErrorCode::unavailable, "the socket that was passed in cannot listen")
          .with_detail(std::strerror(errno));
    }
  } else {
    bind(options.host, options.port);
  }
  port_ = local_port(fd_);
}

void Listener::bind(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto service = std::to_string(port);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const auto name = bracketed ? host.substr(1, host.size() - 2) : host;
  if (const int error =
          ::getaddrinfo(name.empty() ? nullptr : name.c_str(), service.c_str(), &hints, &found);
      error != 0) {
    throw cannot_listen(host, port, ::gai_strerror(error), other_host_hint);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  int bind_error = 0;
  for (const auto* at = found; at != nullptr; at = at->ai_next) {
    fd_ = ::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at->ai_protocol);
    const int on = 1;
    if (fd_ >= 0 && ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        ::bind(fd_, at->ai_addr, at->ai_addrlen) == 0 && ::listen(fd_, backlog) == 0) {
      return;
    }
    bind_error = errno;
    close();
  }
  throw cannot_listen(host, port, std::strerror(bind_error), hint_for(bind_error));
}

// EPOLLEXCLUSIVE wakes one of the processes that share the socket, not all of them.
bool Listener::add_to_epoll() {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  event.data.ptr = this;
  return ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd_, &event) == 0;
}

void Listener::start_watching(int epoll_fd) {
  epoll_fd_ = epoll_fd;
  if (!add_to_epoll()) {
    throw Error(ErrorCode::unavailable, "cannot watch the listening socket")
        .with_detail(std::strerror(errno));
  }
}

std::vector<AcceptedSocket> Listener::accept(std::size_t max) {
  std::vector<AcceptedSocket> taken;
  while (fd_ >= 0 && taken.size() < std::min(max, max_accept_batch)) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int fd =
        ::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        if (!accept_failing_) {
          log::warning("cannot accept connections, pausing", {{"error", std::strerror(errno)}});
        }
        accept_failing_ = true;
        pause(Clock::now());
      }
      break;
    }
    accept_failing_ = false;
    const int on = 1;
    if (from.ss_family != AF_UNIX) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int port = 0;
    taken.push_back({fd, address_of(from, port)});
  }
  return taken;
}

void Listener::pause(Clock::time_point now) {
  resume_at_ = now + accept_pause;
  if (paused_ || fd_ < 0) return;
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd_, nullptr);
  paused_ = true;
}

void Listener::resume_if_due(Clock::time_point now) {
  if (!paused_ || fd_ < 0 || now < resume_at_) return;
  paused_ = !add_to_epoll();
  if (paused_) resume_at_ = now + accept_pause;
}

// close() alone would not end the watch where other processes share the socket: epoll would go on
// waking this process, in their place.
void Listener::close() {
  if (fd_ >= 0 && epoll_fd_ >= 0) ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd_, nullptr);
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  paused_ = false;
}

}  // namespace feedctl::http
