#pragma once
// One private RabbitMQ for a whole test program: started by the first test that asks (5 to 10
// seconds), stopped and removed when the program ends. Thread-safe.
#include "dev_servers/rabbitmq.hpp"

namespace feedctl::support {

struct RabbitmqServer {
  dev_servers::Rabbitmq& server;
  dev_servers::Supervisor& supervisor;  // starts it again when it is killed
};

// nullptr, and said so once, where no rabbitmq-server is installed: skip the test.
const RabbitmqServer* rabbitmq();

}  // namespace feedctl::support
