#include "bus/reachability.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <memory>

#include "base/timeval.hpp"
#include "bus/amqp_url.hpp"

namespace feedctl::bus {

bool is_rabbitmq_reachable(const Secret<std::string>& url, std::chrono::milliseconds timeout) {
  const auto address = parse_amqp_url(url);
  const std::unique_ptr<amqp_connection_state_t_, decltype(&amqp_destroy_connection)> connection(
      amqp_new_connection(), &amqp_destroy_connection);
  auto* socket = connection ? amqp_tcp_socket_new(connection.get()) : nullptr;
  if (socket == nullptr) return false;
  const auto limit = to_timeval(timeout);
  return amqp_socket_open_noblock(socket, address.host.c_str(), address.port, &limit) ==
         AMQP_STATUS_OK;
}

}  // namespace feedctl::bus
