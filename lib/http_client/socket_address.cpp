#include "http_client/socket_address.hpp"

#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace feedctl::http_client {
namespace {

bool is_ipv4(const IpAddress& address) {
  static const auto mapped = IpRange::parse("0.0.0.0/0").value();
  return mapped.contains(address);
}

}  // namespace

SocketAddress to_socket_address(const IpAddress& address, int port) {
  SocketAddress made;
  const auto number = htons(static_cast<std::uint16_t>(port));
  if (is_ipv4(address)) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = number;
    std::memcpy(&v4.sin_addr, &address.bytes[12], sizeof v4.sin_addr);
    std::memcpy(&made.storage, &v4, made.size = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = number;
    std::memcpy(&v6.sin6_addr, address.bytes.data(), sizeof v6.sin6_addr);
    std::memcpy(&made.storage, &v6, made.size = sizeof v6);
  }
  return made;
}

}  // namespace feedctl::http_client
