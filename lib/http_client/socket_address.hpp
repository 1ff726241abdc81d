#pragma once
// An IP address with a port, as connect(2) takes it. Plain values; any thread.
#include <sys/socket.h>

#include "base/ip_address.hpp"

namespace feedctl::http_client {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const IpAddress& address, int port);

}  // namespace feedctl::http_client
