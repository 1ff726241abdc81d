#pragma once
// The helper process as its parent sees it: `executable image-processor` with a socket. Its
// destructor ends the helper, and with it what the helper's children work on. Thread-safe.
#include <sys/types.h>

#include <string>

#include "base/unique_fd.hpp"

namespace feedctl::images {

class HelperProcess {
 public:
  // Error(unavailable) where it cannot be started.
  explicit HelperProcess(const std::string& executable);
  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;
  ~HelperProcess();

  int socket() const { return socket_.get(); }
  // Whether its end of the socket is closed. That happens before its children are killed.
  bool has_ended() const;

 private:
  UniqueFd socket_;
  pid_t pid_ = -1;
};

// Two ends of a SOCK_SEQPACKET socket, close-on-exec. Error(unavailable).
struct SocketPair {
  UniqueFd ours, theirs;
};
SocketPair make_socket_pair();

}  // namespace feedctl::images
