// `feedctl dev --monitor` with Debian's Prometheus and exporters.
#include <regex>

#include "base/json.hpp"
#include "dev_servers/data_dir.hpp"
#include "e2e/dev/dev_fixture.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"

namespace feedctl {
namespace {

bool is_installed(const char* program) {
  if (!dev_servers::find_program(program).empty()) return true;
  WARN(program << " is not installed");
  return false;
}

// The result of an instant query, as text.
std::string ask(const support::HttpClient& prometheus, const std::string& query) {
  return prometheus.get("/api/v1/query?query=" + query).body;
}

bool is_up(const support::HttpClient& prometheus, const std::string& job) {
  return ask(prometheus, "up%7Bjob=%22" + job + "%22%7D").find(",\"1\"]") != std::string::npos;
}

}  // namespace

TEST_CASE("dev --monitor scrapes every server, and ends Prometheus with the rest") {
  if (!is_installed("prometheus")) return;
  const StateFolder state;
  const int port = support::free_port(), monitor = support::free_port();
  auto dev =
      start_dev(state.path(), port, {"--monitor", "--monitor-port", std::to_string(monitor)});
  CHECK(dev->output().find("Prometheus     http://127.0.0.1:" + std::to_string(monitor) + "\n") !=
        std::string::npos);
  const support::HttpClient prometheus(monitor);
  std::vector<std::string> jobs{"feedctl-serve", "feedctl-work"};
  if (is_installed("prometheus-redis-exporter")) jobs.emplace_back("redis");
  if (is_installed("prometheus-postgres-exporter")) jobs.emplace_back("postgres");
  if (is_installed("prometheus-node-exporter")) jobs.emplace_back("node");
  for (const auto& job : jobs) {
    INFO(job);
    CHECK(support::eventually([&] { return is_up(prometheus, job); }));
  }
  // The exporters reach the servers, and Prometheus the file of flush-views.
  for (const std::string metric : {"pg_up", "redis_up", "feedctl_job_exit_code"}) {
    INFO(metric);
    const char* job = metric == "pg_up" ? "postgres" : metric == "redis_up" ? "redis" : "node";
    if (std::find(jobs.begin(), jobs.end(), job) == jobs.end()) continue;
    CHECK(support::eventually([&] {
      const auto answer = ask(prometheus, metric);
      return answer.find(metric == "feedctl_job_exit_code" ? ",\"0\"]" : ",\"1\"]") !=
             std::string::npos;
    }));
  }
  const auto children = descendants(dev->pid());
  CHECK(child_named(dev->pid(), "prometheus ") != 0);
  CHECK(dev->stop() == 0);
  for (const auto& [pid, command] : children) {
    INFO(command);
    CHECK(field(pid, "State").find_first_not_of("Z(zombie) ") == std::string::npos);
  }
  CHECK(prometheus.get("/-/ready").status == 0);
}

TEST_CASE("dev --monitor names a port of Prometheus that is taken") {
  if (!is_installed("prometheus")) return;
  const StateFolder state;
  const int port = support::free_port();
  const auto dev = start_dev(state.path(), port, {"--no-redis"});
  const StateFolder other;
  auto argv = dev_command(other.path(), support::free_port());
  argv.insert(argv.end(), {"--monitor", "--monitor-port", std::to_string(port)});
  const auto result = support::run(argv);
  CHECK(result.exit_code == 69);
  CHECK(result.err.find("port " + std::to_string(port) + " is not free") != std::string::npos);
  CHECK(result.err.find("--monitor-port") != std::string::npos);
}

}  // namespace feedctl
