#include "support/test_servers.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "support/ready_cluster.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

struct TestStack {
  TestStack() {
    remove_abandoned_folders();
    servers.start();
    if (!should_keep_databases()) return;
    folder.keep_on_exit();
    std::cerr << "the servers' folder will be kept: " << folder.path().string() << '\n';
  }
  ReadyCluster cluster;
  TempFolder folder{"feedctl-stack-", server_data_root()};
  dev_servers::DevServers servers{{folder.path(), false, true, {}, {}, cluster.path()}};
};

}  // namespace

dev_servers::DevServers& test_servers() {
  static TestStack instance;
  return instance.servers;
}

bool should_keep_databases() {
  const char* wish = std::getenv("FEEDCTL_KEEP_DB");
  return wish != nullptr && std::string_view(wish) == "1";
}

// An earlier test's database may hold the names there, and is gone.
std::string redis_url(int database) {
  const auto& redis = test_servers().redis();
  dev_servers::Command command;
  command.argv = {"redis-cli",
                  "-s",
                  redis.socket_path().string(),
                  "-n",
                  std::to_string(database),
                  "DEL",
                  "feedctl:installation"};
  dev_servers::run(std::move(command), std::chrono::milliseconds{10'000});
  return redis.url(database);
}

}  // namespace feedctl::support
