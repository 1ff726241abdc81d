#include "support/rabbitmq.hpp"

#include <iostream>

#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

struct TestServer {
  TestServer() { server.start(supervisor); }

  TempFolder folder{"feedctl-stack-", server_data_root()};
  dev_servers::Rabbitmq server{folder.path()};
  dev_servers::Supervisor supervisor;
  RabbitmqServer shown{server, supervisor};
};

bool say_missing() {
  std::cerr << "skipped: no rabbitmq-server is installed\n";
  return true;
}

}  // namespace

const RabbitmqServer* rabbitmq() {
  if (!dev_servers::Rabbitmq::is_installed()) {
    [[maybe_unused]] static const bool said = say_missing();
    return nullptr;
  }
  static TestServer instance;
  return &instance.shown;
}

}  // namespace feedctl::support
