#pragma once
// The listening socket: bound here or handed in. One loop owns it and watches it with its epoll;
// the socket may be shared with other processes. Accepting pauses when the process is full.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "http/server.hpp"

namespace feedctl::http {

struct Accepted {
  int fd = -1;
  std::string peer;  // an address, or "unix"
};

class Listener {
 public:
  // Error(unavailable) where the address cannot be had.
  explicit Listener(const ServerOptions& options);
  ~Listener() { close(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const { return port_; }  // 0 for a unix socket
  int fd() const { return fd_; }
  void watch(int epoll);  // Error(unavailable)
  // Up to `room` waiting connections, at most a batch; pauses where the system has no descriptors.
  std::vector<Accepted> accept(std::size_t room);
  void pause(std::chrono::steady_clock::time_point now);
  bool paused() const { return paused_; }
  void resume_if_due(std::chrono::steady_clock::time_point now);
  void close();

 private:
  void bind(const std::string& host, int port);
  bool add_to_epoll();

  int fd_ = -1;
  int epoll_ = -1;
  int port_ = 0;
  bool paused_ = false;
  bool failing_ = false;  // said so already
  std::chrono::steady_clock::time_point resume_at_;
};

}  // namespace feedctl::http
