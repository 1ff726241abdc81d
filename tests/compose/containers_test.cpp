// Each container of docker-compose.yml: its image, its limits, its health, its command.
#include <algorithm>
#include <map>
#include <regex>

#include "compose/compose_file.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::compose_test;

namespace {

bool ends_by_itself(const Service& service) {
  return service.text("restart") == "no";
}

bool is_one_of(const std::string& name, const std::vector<std::string>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "seed --profile small" has the command "seed" and the option "--profile".
void check_feedctl_command(const std::vector<std::string>& words) {
  std::vector<std::string> command;
  for (const auto& word : words) {
    if (word[0] == '-') break;
    command.push_back(word);
  }
  command.push_back("--help");
  const auto help = support::run_feedctl(command);
  INFO(help.out << help.err);
  CHECK(help.exit_code == 0);
  for (const auto& word : words) {
    if (word.rfind("--", 0) != 0) continue;
    INFO(word);
    CHECK(help.out.find(word) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a plain up starts what serves, and profiles add the rest") {
  std::set<std::string> plain;
  std::map<std::string, std::set<std::string>> by_profile;
  for (const auto& each : services()) {
    if (each.profiles().empty()) plain.insert(each.name);
    for (const auto& profile : each.profiles()) by_profile[profile].insert(each.name);
  }
  CHECK(plain == std::set<std::string>{"db", "redis", "minio", "bucket", "migrate", "web", "nginx",
                                       "worker", "flush"});
  CHECK(by_profile["monitoring"] == std::set<std::string>{"prometheus", "alertmanager", "grafana",
                                                          "redis-exporter", "postgres-exporter",
                                                          "node-exporter"});
  CHECK(by_profile["tools"] == std::set<std::string>{"redis-commander"});
  CHECK(by_profile["rabbitmq"] == std::set<std::string>{"rabbitmq"});
  CHECK(by_profile["seed"] == std::set<std::string>{"seed"});
  CHECK(by_profile["load"] == std::set<std::string>{"load-generator"});
  CHECK(by_profile["full"].size() == 10);
  for (const char* name : {"web", "worker"})
    CHECK(service(name).node["deploy"]["replicas"].as<int>() == 2);
  CHECK_FALSE(service("flush").node["deploy"]);
}

TEST_CASE("each image has a fixed tag, and the same everywhere") {
  const std::regex pinned("[a-z0-9./_-]+:[A-Za-z0-9._-]+");
  for (const auto& each : services()) {
    const auto image = with_defaults(each.text("image"));
    INFO(each.name << ": " << image);
    CHECK(std::regex_match(image, pinned));
    CHECK(image.find(":latest") == std::string::npos);
  }
  // The documents name these two.
  CHECK(service("db").text("image") == "postgres:14");
  CHECK(service("redis").text("image") == "redis:7-alpine");
}

TEST_CASE("each container has limits, logs that end, and no right beyond its user's") {
  for (const auto& each : services()) {
    INFO(each.name);
    CHECK(each.text("mem_limit") != "");
    CHECK(each.text("pids_limit") != "");
    CHECK(each.node["logging"]["options"]["max-size"]);
    CHECK(each.node["logging"]["options"]["max-file"]);
    CHECK(each.node["security_opt"][0].as<std::string>() == "no-new-privileges:true");
    const auto restart = each.text("restart");
    CHECK((restart == "unless-stopped" || restart == "no"));
    // Images of others that write beside their volumes: docs/compose.md names them.
    const bool writes = is_one_of(each.name, {"minio", "rabbitmq", "redis-commander", "jmeter"});
    CHECK((each.text("read_only") == "true") != writes);
    const bool drops_rights_itself = is_one_of(each.name, {"rabbitmq", "jmeter"});
    CHECK((each.node["cap_drop"] && each.node["cap_drop"][0].as<std::string>() == "ALL") !=
          drops_rights_itself);
    CHECK_FALSE(each.node["privileged"]);
    if (each.is_feedctl()) CHECK(each.node["tmpfs"][0].as<std::string>().rfind("/tmp:", 0) == 0);
  }
}

TEST_CASE("whatever stays has a health check, except what has no tool for one") {
  for (const auto& each : services()) {
    INFO(each.name);
    const bool by_image = each.name == "web";  // configs/Dockerfile has its check
    const bool disabled = each.node["healthcheck"] && each.node["healthcheck"]["disable"];
    const bool checked = by_image || (each.node["healthcheck"] && !disabled);
    const bool has_none = ends_by_itself(each) || each.name == "redis-commander";
    CHECK(checked != has_none);
    if (each.is_feedctl() && ends_by_itself(each)) CHECK(disabled);
  }
  check_feedctl_command({"healthcheck", "--work"});
}

TEST_CASE("each command of feedctl in a container exists, with its options") {
  int commands = 0;
  for (const auto& each : services()) {
    if (!each.is_feedctl() || each.command().empty()) continue;
    INFO(each.name);
    check_feedctl_command(each.command());
    ++commands;
  }
  CHECK(commands == 5);  // web takes the image's
}

TEST_CASE("whatever a service waits for is there when the service is") {
  for (const auto& each : services()) {
    const auto depends = each.node["depends_on"];
    for (const auto& item : depends) {
      const auto name = depends.IsMap() ? item.first.as<std::string>() : item.as<std::string>();
      INFO(each.name << " waits for " << name);
      const auto other = service(name).profiles();
      CHECK((other.empty() || other == each.profiles()));
      if (depends.IsMap() &&
          item.second["condition"].as<std::string>() == "service_completed_successfully")
        CHECK(ends_by_itself(service(name)));
    }
  }
}

TEST_CASE("the Redis of the compose file loses no view counters") {
  const auto redis = service("redis");
  const auto command = redis.command();
  CHECK(command == std::vector<std::string>{"redis-server", "--appendonly", "yes",
                                            "--maxmemory-policy", "noeviction", "--maxmemory",
                                            "384mb"});
  CHECK(redis.node["volumes"][0].as<std::string>() == "redis:/data");
  CHECK(redis.text("restart") == "unless-stopped");
}
