#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "localstack/rabbitmq.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::localstack {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Processes that name the folder in their arguments or in their environment.
std::set<std::string> processes_of(const fs::path& folder) {
  std::set<std::string> out;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (ended(std::stoi(name))) continue;
    for (const char* part : {"cmdline", "environ"}) {
      if (text_of(entry.path() / part).find(folder.string()) != std::string::npos) out.insert(name);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a private RabbitMQ starts, keeps to itself and leaves no process behind") {
  if (!Rabbitmq::installed()) {
    WARN("skipped: no rabbitmq-server is installed");
    return;
  }
  const support::TempFolder folder;
  pid_t names = 0, server = 0;
  {
    Supervisor supervisor;
    Rabbitmq rabbitmq(folder.path());
    rabbitmq.start(supervisor);
    names = supervisor.pid("epmd");
    server = supervisor.pid(Rabbitmq::service);
    CHECK(rabbitmq.answers());
    CHECK_FALSE(ended(names));
    CHECK(processes_of(folder.path()).count(std::to_string(server)) == 1);
    const auto listeners = rabbitmq.control({"eval", "rabbit_networking:active_listeners()."});
    INFO(listeners.output);
    CHECK(listeners.exit.code == 0);
    CHECK(listeners.output.find("{127,0,0,1}") != std::string::npos);
    CHECK(listeners.output.find("{0,0,0,0") == std::string::npos);
    CHECK(rabbitmq.control({"list_users"}).output.find("guest") == std::string::npos);
    struct stat info {};
    REQUIRE(::stat((folder.path() / "rabbitmq" / ".erlang.cookie").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0400);
  }
  CHECK(ended(names));
  CHECK(ended(server));
  CHECK(processes_of(folder.path()).empty());
}

}  // namespace feedctl::localstack
