#pragma once
#include <string>

#include "base/secret.hpp"

namespace feedctl::bus {

// The address of a RabbitMQ server and the credentials for it.
struct AmqpAddress {
  std::string host;
  int port = 5672;
  std::string user;
  Secret<std::string> password;
  std::string vhost = "/";
};

// amqp://[user[:password]@]host[:port][/vhost], with percent-encoding. Error(config) for anything
// else; its text never holds the password.
AmqpAddress parse_amqp_url(const Secret<std::string>& url);

}  // namespace feedctl::bus
