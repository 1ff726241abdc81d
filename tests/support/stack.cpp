#include "support/stack.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

#include "base/error.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::support {
namespace {

namespace fs = std::filesystem;

const char* const prefix = "feedctl-stack-";

// A test program that was killed could not remove its folder. Nobody holds its lock any more.
void remove_left_behind() {
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), failure)) {
    const auto name = entry.path().filename().string();
    if (name.rfind(prefix, 0) != 0 || !fs::exists(entry.path() / "lock", failure)) continue;
    if (fs::exists(entry.path() / "kept", failure)) continue;
    try {
      const localstack::FolderLock lock(entry.path());
      fs::remove_all(entry.path(), failure);
    } catch (const Error&) {
      continue;  // in use, or another user's
    }
  }
}

struct TestStack {
  TestStack() {
    remove_left_behind();
    servers.start();
    if (!keep_databases()) return;
    folder.keep();
    folder.write("kept", "");
    std::cerr << "the servers' folder will be kept: " << folder.path().string() << '\n';
  }
  TempFolder folder{prefix};
  localstack::Stack servers{{folder.path(), false, true, {}}};
};

}  // namespace

localstack::Stack& stack() {
  static TestStack instance;
  return instance.servers;
}

bool keep_databases() {
  const char* wish = std::getenv("FEEDCTL_KEEP_DB");
  return wish != nullptr && std::string_view(wish) == "1";
}

// An earlier test's database may hold the names there, and is gone.
std::string redis_url(int database) {
  const auto& redis = stack().redis();
  localstack::Command command;
  command.argv = {
      "redis-cli",           "-s", redis.socket().string(), "-n", std::to_string(database), "DEL",
      "feedctl:installation"};
  localstack::run(std::move(command), std::chrono::milliseconds{10'000});
  return redis.url(database);
}

}  // namespace feedctl::support
