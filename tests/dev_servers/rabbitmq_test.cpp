#include "dev_servers/rabbitmq.hpp"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::dev_servers {
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
    if (has_ended(std::stoi(name))) continue;
    for (const char* part : {"cmdline", "environ"}) {
      if (text_of(entry.path() / part).find(folder.string()) != std::string::npos) out.insert(name);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("a private RabbitMQ starts, is isolated and leaves no process behind") {
  if (!Rabbitmq::is_installed()) {
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
    server = supervisor.pid(Rabbitmq::service_name);
    CHECK(rabbitmq.is_ready());
    CHECK_FALSE(has_ended(names));
    CHECK(processes_of(folder.path()).count(std::to_string(server)) == 1);
    const auto listeners = rabbitmq.evaluate("rabbit_networking:active_listeners().");
    INFO(listeners.output);
    CHECK(listeners.status.code == 0);
    CHECK(listeners.output.find("{127,0,0,1}") != std::string::npos);
    CHECK(listeners.output.find("{0,0,0,0") == std::string::npos);
    CHECK(rabbitmq.rabbitmqctl({"list_users"}).output.find("guest") == std::string::npos);
    CHECK(rabbitmq.evaluate("io:format(\"~s \", [text]), {a, 1}.").output == "text {a,1}\n");
    CHECK(rabbitmq.evaluate("1 = 2, ok.").output.find("badmatch") != std::string::npos);
    struct stat info {};
    REQUIRE(::stat((folder.path() / "rabbitmq" / ".erlang.cookie").c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0400);
  }
  CHECK(has_ended(names));
  CHECK(has_ended(server));
  CHECK(processes_of(folder.path()).empty());
}

}  // namespace feedctl::dev_servers
