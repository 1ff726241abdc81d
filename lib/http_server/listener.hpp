#pragma once
// The listening socket, bound here or inherited. The first event loop owns it and watches it with
// its epoll. Other processes may share the socket. Accepting pauses while the process is full. One
// thread at a time.
#include <cstddef>
#include <string>
#include <vector>

#include "http_server/clock.hpp"
#include "http_server/server_options.hpp"

namespace feedctl::http {

struct AcceptedSocket {
  int fd = -1;
  std::string peer;  // an address, or "unix"
};

class Listener {
 public:
  // Error(unavailable) where it cannot bind or listen.
  explicit Listener(const ServerOptions& options);
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }  // 0 for a unix socket
  int fd() const { return fd_; }
  void start_watching(int epoll_fd);  // Error(unavailable)
  // Up to `max` waiting connections, at most a batch. Pauses where the system has no descriptors.
  std::vector<AcceptedSocket> accept(std::size_t max);
  void pause(Clock::time_point now);
  bool is_paused() const { return paused_; }
  void resume_if_due(Clock::time_point now);
  void close();

 private:
  void bind(const std::string& host, int port);
  bool add_to_epoll();

  int fd_ = -1;
  int epoll_fd_ = -1;
  int port_ = 0;
  bool paused_ = false;
  bool accept_failing_ = false;  // and the log says so
  Clock::time_point resume_at_;
};

}  // namespace feedctl::http
