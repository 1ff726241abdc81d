#include "feedctl/dev/monitoring.hpp"

#include <fstream>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "dev_servers/os_account.hpp"
#include "feedctl/dev/prometheus_config.hpp"
#include "feedctl/dev/subprocesses.hpp"
#include "monitoring_files.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* prometheus_program = "prometheus";
constexpr const char* redis_exporter = "prometheus-redis-exporter";
constexpr const char* postgres_exporter = "prometheus-postgres-exporter";
constexpr const char* node_exporter = "prometheus-node-exporter";

std::string local(int port) {
  return "127.0.0.1:" + std::to_string(port);
}

fs::path home_of(const fs::path& data_dir) {
  return data_dir / "prometheus";
}

bool is_installed(const char* program) {
  return !dev_servers::find_program(program).empty();
}

// The first free port from `first` on, or 0 for a program that is missing.
int port_if_installed(const char* program, int first, std::vector<std::string>& missing) {
  if (is_installed(program)) return find_free_port(first);
  missing.emplace_back(program);
  return 0;
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw Error(ErrorCode::failed, "cannot write " + path.string());
}

// The jobs of the installed servers. Without alert rules in this build there is no section for
// them.
std::string config_text(int serve_port, const MonitoringPorts& ports) {
  std::map<std::string, std::string> jobs{{"feedctl-serve", local(serve_port)},
                                          {"feedctl-work", local(ports.work)}};
  if (ports.redis != 0) jobs["redis"] = local(ports.redis);
  if (ports.postgres != 0) jobs["postgres"] = local(ports.postgres);
  if (ports.node != 0) jobs["node"] = local(ports.node);
  auto text = without_section(monitoring_files::prometheus_yml, "alerting");
  if (std::string_view(monitoring_files::alerts_yml).empty())
    text = without_section(text, "rule_files");
  return with_interval(with_targets(text, jobs), "5s");
}

class Starter {
 public:
  Starter(dev_servers::DevServers& servers, std::function<bool()> is_cancelled)
      : servers_(servers), is_cancelled_(std::move(is_cancelled)) {}

  void start(const char* program, std::vector<std::string> arguments,
             std::vector<std::string> environment, int port, const std::string& ready_path) {
    dev_servers::Service service;
    service.name = program;
    service.command.program = dev_servers::find_program(program);
    service.command.argv = {program};
    service.command.argv.insert(service.command.argv.end(), arguments.begin(), arguments.end());
    service.command.environment = std::move(environment);
    service.command.account = dev_servers::server_account();
    service.command.working_dir = "/";
    service.command.log_file = servers_.data_dir() / "log" / (std::string(program) + ".log");
    service.is_ready = [port, ready_path] { return answers_ok(port, ready_path); };
    dev_servers::rotate_log(service.command.log_file);
    servers_.supervisor().start(std::move(service), is_cancelled_);
  }

 private:
  dev_servers::DevServers& servers_;
  const std::function<bool()> is_cancelled_;
};

void start_exporters(Starter& starter, const dev_servers::DevServers& servers,
                     const MonitoringPorts& ports) {
  if (ports.redis != 0) {
    starter.start(redis_exporter,
                  {"--web.listen-address", local(ports.redis), "--redis.addr",
                   "unix://" + servers.redis().socket_path().string()},
                  {}, ports.redis, "/metrics");
  }
  if (ports.postgres != 0) {
    starter.start(postgres_exporter, {"--web.listen-address=" + local(ports.postgres)},
                  {"DATA_SOURCE_NAME=" + servers.postgres().superuser_url("feedctl")},
                  ports.postgres, "/metrics");
  }
  if (ports.node != 0) {
    starter.start(node_exporter,
                  {"--web.listen-address=" + local(ports.node),
                   "--collector.textfile.directory=" +
                       monitoring_textfile(servers.data_dir()).parent_path().string()},
                  {}, ports.node, "/metrics");
  }
}

}  // namespace

Monitoring plan_monitoring(int port, bool has_redis) {
  if (!is_installed(prometheus_program)) {
    throw Error(ErrorCode::unavailable, "--monitor needs Prometheus, which is not installed")
        .with_hint(std::string("apt-get install ") + prometheus_program + " " + redis_exporter +
                   " " + postgres_exporter + " " + node_exporter + ", or leave --monitor out");
  }
  if (port != 0) require_free_port(port, "--monitor-port");
  Monitoring plan;
  auto& missing = plan.missing_packages;
  plan.ports.prometheus = port != 0 ? port : find_free_port(9090);
  plan.ports.work = find_free_port(9101);
  if (has_redis) plan.ports.redis = port_if_installed(redis_exporter, 9121, missing);
  plan.ports.postgres = port_if_installed(postgres_exporter, 9187, missing);
  plan.ports.node = port_if_installed(node_exporter, 9300, missing);
  return plan;
}

fs::path monitoring_textfile(const fs::path& data_dir) {
  return home_of(data_dir) / "textfiles" / "feedctl_flush_views.prom";
}

void prepare_monitoring(const fs::path& data_dir) {
  const auto account = dev_servers::server_account();
  dev_servers::make_private_dir(home_of(data_dir) / "data", account);
  dev_servers::make_private_dir(home_of(data_dir), account);
  dev_servers::make_private_dir(monitoring_textfile(data_dir).parent_path(), account);
}

void start_monitoring(dev_servers::DevServers& servers, int serve_port, const Monitoring& plan,
                      const std::function<bool()>& is_cancelled) {
  const auto home = home_of(servers.data_dir());
  write_file(home / "prometheus.yml", config_text(serve_port, plan.ports));
  write_file(home / "alerts.yml", monitoring_files::alerts_yml);
  Starter starter(servers, is_cancelled);
  start_exporters(starter, servers, plan.ports);
  starter.start(
      prometheus_program,
      {"--config.file=" + (home / "prometheus.yml").string(),
       "--storage.tsdb.path=" + (home / "data").string(), "--storage.tsdb.retention.time=7d",
       "--web.listen-address=" + local(plan.ports.prometheus)},
      {}, plan.ports.prometheus, "/-/ready");
}

}  // namespace feedctl::cli
