// What the parts of docker-compose.yml say of each other: files, ports, names, variables.
#include <algorithm>
#include <map>
#include <regex>

#include "base/ip_address.hpp"
#include "compose/compose_file.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::compose_test;

namespace {

// "./configs/x:/etc/x:ro" -> "./configs/x"
std::string before_colon(const std::string& volume) {
  return volume.substr(0, volume.find(':'));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// "http://minio:9000" and "web:8000" in a text: the services of ours that it names, with their
// ports.
std::map<std::string, std::set<int>> addresses_in(const std::string& text) {
  std::map<std::string, std::set<int>> found;
  for (const auto& each : services()) {
    const std::regex address("[^a-z-]" + each.name + ":([0-9]{2,5})(?![.0-9])");
    for (std::sregex_iterator at(text.begin(), text.end(), address), end; at != end; ++at)
      found[each.name].insert(std::stoi((*at)[1]));
  }
  return found;
}

// The port that each server listens to, in its container.
const std::map<std::string, int> listening = {{"db", 5432},
                                              {"redis", 6379},
                                              {"minio", 9000},
                                              {"web", 8000},
                                              {"nginx", 80},
                                              {"worker", 9101},
                                              {"rabbitmq", 5672},
                                              {"prometheus", 9090},
                                              {"alertmanager", 9093},
                                              {"grafana", 3000},
                                              {"redis-exporter", 9121},
                                              {"postgres-exporter", 9187},
                                              {"node-exporter", 9100},
                                              {"redis-commander", 8081}};

}  // namespace

TEST_CASE(
    "every file that a container mounts or is built by exists, and every volume is declared") {
  std::set<std::string> used;
  for (const auto& each : services()) {
    INFO(each.name);
    if (each.node["build"])
      CHECK(std::filesystem::exists(source_folder() /
                                    each.node["build"]["dockerfile"].as<std::string>()));
    for (const auto& volume : each.node["volumes"]) {
      const auto from = before_colon(volume.as<std::string>());
      INFO(from);
      if (from[0] == '.') {
        CHECK(std::filesystem::exists(source_folder() / from));
        CHECK(contains(volume.as<std::string>(), ":ro"));
      } else {
        used.insert(from);
      }
    }
  }
  std::set<std::string> declared;
  for (const auto& volume : load_yaml("docker-compose.yml")["volumes"])
    declared.insert(volume.first.as<std::string>());
  CHECK(used == declared);
}

TEST_CASE(
    "each port is open once, on this machine alone, and leads to a port that is listened to") {
  std::map<std::string, std::string> taken;
  for (const auto& each : services()) {
    for (const auto& port : each.node["ports"]) {
      const auto text = port.as<std::string>();
      INFO(each.name << ": " << text);
      const auto plain = with_defaults(text);
      CHECK(plain.rfind("127.0.0.1:", 0) == 0);
      const auto host = plain.substr(10, plain.find(':', 10) - 10);
      CHECK(taken.emplace(host, each.name).second);
      CHECK(std::stoi(plain.substr(plain.rfind(':') + 1)) == listening.at(each.name));
    }
  }
  // Those that the documents name.
  CHECK(taken.at("80") == "nginx");
  CHECK(taken.at("8000") == "nginx");
  CHECK(taken.at("9090") == "prometheus");
  CHECK(taken.at("8001") == "redis-commander");
  CHECK(taken.at("9000") == "minio");
}

TEST_CASE("services name each other by the ports that are listened to") {
  int names = 0;
  for (const char* file : {"docker-compose.yml", "configs/nginx/upstream-compose.conf",
                           "configs/prometheus/compose.yml"}) {
    for (const auto& [name, ports] : addresses_in(with_defaults(content(file)))) {
      for (const int port : ports) {
        INFO(file << ": " << name << ":" << port);
        CHECK(listening.at(name) == port);
        ++names;
      }
    }
  }
  CHECK(names >= 9);
  CHECK(contains(content("configs/Dockerfile"), "EXPOSE 8000\n"));
  CHECK(contains(content("configs/nginx/feedctl.conf"), "listen 80 "));
  CHECK(service("worker").node["environment"]["FEEDCTL_WORK_PORT"].as<int>() == 9101);
}

TEST_CASE("Prometheus in a container has the jobs of the one without, and asks every container") {
  const auto jobs_of = [](const char* file) {
    std::set<std::string> names;
    for (const auto& job : load_yaml(file)["scrape_configs"])
      names.insert(job["job_name"].as<std::string>());
    return names;
  };
  CHECK(jobs_of("configs/prometheus/compose.yml") == jobs_of("configs/prometheus/prometheus.yml"));
  for (const auto& job : load_yaml("configs/prometheus/compose.yml")["scrape_configs"]) {
    for (const auto& asked : job["dns_sd_configs"]) {
      const auto name = asked["names"][0].as<std::string>();
      INFO(name);
      CHECK(asked["port"].as<int>() == listening.at(name));
    }
  }
  support::RunOptions options;
  options.folder = source_folder();
  const auto promtool = support::run(
      {"sh", "-c", "! command -v promtool || promtool check config configs/prometheus/compose.yml"},
      options);
  INFO(promtool.out << promtool.err);
  CHECK(promtool.exit_code == 0);
}

TEST_CASE("serve trusts the address of nginx, which is in the network of both") {
  const auto web = service("web");
  const auto nginx = service("nginx");
  const auto address = nginx.node["networks"]["front"]["ipv4_address"].as<std::string>();
  CHECK(web.node["environment"]["FEEDCTL_SERVER_TRUSTED_PROXIES"].as<std::string>() == address);
  const auto network = load_yaml("docker-compose.yml")["networks"]["front"]["ipam"]["config"][0];
  const auto subnet = with_defaults(network["subnet"].as<std::string>());
  // A /24: the first three numbers are the same.
  CHECK(contains(subnet, "/24"));
  const auto prefix = subnet.substr(0, subnet.rfind('.') + 1);
  CHECK(with_defaults(address).rfind(prefix, 0) == 0);
  CHECK(web.node["networks"]["front"]);
}

TEST_CASE("feedctl knows every variable that its containers get") {
  const auto documented = content("docs/configuration.md");
  int checked = 0;
  for (const auto& each : services()) {
    if (!each.is_feedctl()) continue;
    for (const auto& variable : each.node["environment"]) {
      const auto name = variable.first.as<std::string>();
      INFO(each.name << ": " << name);
      CHECK(std::regex_search(documented, std::regex("[^A-Z_]" + name + "[^A-Z_]")));
      ++checked;
    }
  }
  CHECK(checked >= 60);
}

TEST_CASE("the example of .env has every variable of the compose file and of the documents") {
  const auto example = variables_set_by(content(".env.example"));
  const auto documented = content("docs/configuration.md");
  const auto compose = variables_in(content("docker-compose.yml"));
  for (const auto& name : compose) {
    INFO(name);
    CHECK(example.count(name) == 1);
  }
  for (const auto& name : example) {
    INFO(name);
    const bool is_known =
        compose.count(name) == 1 || name == "COMPOSE_PROFILES" || contains(documented, name);
    CHECK(is_known);
  }
  // S0-13, S1-25, S2-41, S4-23 of docs/requirements.md.
  for (const char* name : {"SECRET_KEY",
                           "DEBUG",
                           "ALLOWED_HOSTS",
                           "DB_NAME",
                           "DB_USER",
                           "DB_PASSWORD",
                           "DB_HOST",
                           "DB_PORT",
                           "REDIS_URL",
                           "DJANGO_SECRET_KEY",
                           "DJANGO_DEBUG",
                           "DJANGO_ALLOWED_HOSTS",
                           "DJANGO_TIME_ZONE",
                           "USE_POSTGRES",
                           "POSTGRES_DB",
                           "POSTGRES_USER",
                           "POSTGRES_PASSWORD",
                           "POSTGRES_HOST",
                           "POSTGRES_PORT",
                           "CELERY_BROKER_URL",
                           "CELERY_RESULT_BACKEND",
                           "COUNTER_REDIS_URL",
                           "COUNTER_DEDUP_TTL",
                           "S3_ENDPOINT",
                           "S3_KEY",
                           "S3_SECRET",
                           "S3_BUCKET",
                           "S3_REGION",
                           "REDIS_HOST",
                           "REDIS_PORT",
                           "REDIS_PASSWORD",
                           "REDIS_DB"}) {
    INFO(name);
    CHECK(example.count(name) == 1);
    CHECK(contains(documented, name));
  }
}

TEST_CASE("a default that stands in the example of .env is that of the compose file") {
  const auto compose = content("docker-compose.yml");
  const std::regex line("\n#([A-Z][A-Z0-9_]*)=([^\n]+)");
  const auto example = content(".env.example");
  int compared = 0;
  for (std::sregex_iterator at(example.begin(), example.end(), line), end; at != end; ++at) {
    const auto used = "${" + (*at)[1].str() + ":-";
    const auto found = compose.find(used);
    if (found == std::string::npos || compose[found + used.size()] == '}') continue;
    INFO((*at)[1]);
    CHECK(compose.substr(found + used.size(), (*at)[2].length() + 1) == (*at)[2].str() + "}");
    ++compared;
  }
  CHECK(compared >= 20);
}

TEST_CASE("docker-compose accepts the file with each profile and the example of .env") {
  if (support::run({"sh", "-c", "command -v docker-compose"}).exit_code != 0) {
    WARN("docker-compose is not installed: the compose file is not checked by it");
    return;
  }
  for (const char* profile :
       {"", "monitoring", "tools", "rabbitmq", "seed", "load", "jmeter", "full"}) {
    INFO("profile \"" << profile << '"');
    support::RunOptions options;
    options.environment = {std::string("COMPOSE_PROFILES=") + profile};
    const auto checked =
        support::run({"docker-compose", "-f", (source_folder() / "docker-compose.yml").string(),
                      "--env-file", (source_folder() / ".env.example").string(), "config", "-q"},
                     options);
    INFO(checked.out << checked.err);
    CHECK(checked.exit_code == 0);
  }
}
