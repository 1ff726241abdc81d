#include "support/test_servers.hpp"

#include <cstdlib>
#include <iostream>
#include <set>
#include <string_view>

#include "base/error.hpp"
#include "support/ready_cluster.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

namespace fs = std::filesystem;

const char* const prefix = "feedctl-stack-";

// A test program that was killed could not remove its folder. Nobody holds its lock any more.
void remove_left_behind(const fs::path& root) {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(root, failure)) {
    const auto name = entry.path().filename().string();
    if (name.rfind(prefix, 0) != 0 || !fs::exists(entry.path() / "lock", failure)) continue;
    if (fs::exists(entry.path() / "kept", failure)) continue;
    try {
      const dev_servers::DataDirLock lock(entry.path());
      fs::remove_all(entry.path(), failure);
    } catch (const Error&) {
      continue;  // in use, or another user's
    }
  }
}

struct TestStack {
  TestStack() {
    for (const auto& root : std::set{fs::temp_directory_path(), server_data_root()}) {
      remove_left_behind(root);
    }
    servers.start();
    if (!should_keep_databases()) return;
    folder.keep_on_exit();
    folder.write("kept", "");
    std::cerr << "the servers' folder will be kept: " << folder.path().string() << '\n';
  }
  ReadyCluster cluster;
  TempFolder folder{prefix, server_data_root()};
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
