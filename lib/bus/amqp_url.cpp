#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#else
#include <amqp.h>
#endif

#include "base/error.hpp"
#include "bus/amqp_connection.hpp"

namespace feedctl::bus {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorCode::config, "rabbitmq url: " + why)
      .with_hint("write amqp://user:password@host:5672/vhost");
}

}  // namespace

AmqpAddress parse_amqp_url(const Secret<std::string>& url) {
  std::string text = url.reveal();
  if (text.rfind("amqps://", 0) == 0) refuse("amqps is not spoken; put a TLS proxy in between");
  if (text.rfind("amqp://", 0) != 0) refuse("it must begin with amqp://");
  amqp_connection_info info{};
  amqp_default_connection_info(&info);
  if (amqp_parse_url(text.data(), &info) != AMQP_STATUS_OK) refuse("it cannot be read");
  AmqpAddress address;
  address.host = info.host;
  address.port = info.port;
  address.user = info.user;
  address.password = Secret<std::string>(info.password);
  if (*info.vhost != '\0') address.vhost = info.vhost;

  if (address.port < 1 || address.port > 65535) refuse("the port must be from 1 to 65535");
  return address;
}

}  // namespace feedctl::bus
