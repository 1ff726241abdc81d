#pragma once
// A TCP connection with a deadline and a limit of received bytes. Owns the socket. One thread.
// Throws CallFailure.
#include <chrono>
#include <cstddef>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/time.hpp"
#include "http_client/socket_address.hpp"

namespace feedctl::http_client {

// A connection as bytes: plain, or TLS over it.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // At least one byte; 0: the end.
  virtual std::size_t receive(char* buffer, std::size_t size) = 0;
  virtual void send(std::string_view bytes) = 0;
};

struct ConnectionLimits {
  std::chrono::milliseconds connect_timeout;
  std::chrono::milliseconds read_timeout;  // without a byte
  Deadline deadline;                       // of everything
  std::size_t max_received;
};

class Connection : public ByteStream {
 public:
  Connection(const IpAddress& address, int port, const ConnectionLimits& limits);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::size_t receive(char* buffer, std::size_t size) override;
  void send(std::string_view bytes) override;

 private:
  void connect(const SocketAddress& target);
  void await(short events, std::chrono::milliseconds timeout) const;

  ConnectionLimits limits_;
  int fd_ = -1;
  std::size_t received_ = 0;
};

}  // namespace feedctl::http_client
