#pragma once
// The servers of `feedctl dev --monitor`: Prometheus, and of its exporters those that are
// installed. The supervisor owns the processes. For the main thread.
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "dev_servers/dev_servers.hpp"

namespace feedctl::cli {

// Where each of them listens, on 127.0.0.1. 0: it does not run.
struct MonitoringPorts {
  int prometheus = 0, work = 0, redis = 0, postgres = 0, node = 0;
};

struct Monitoring {
  MonitoringPorts ports;
  std::vector<std::string> missing_packages;  // of exporters
};

// Error(unavailable), with the names of the packages, if no Prometheus is installed. `port` of
// Prometheus: 0 is the first free one from 9090 on.
Monitoring plan_monitoring(int port, bool has_redis);

// Where flush-views writes its metrics.
std::filesystem::path monitoring_textfile(const std::filesystem::path& data_dir);
// Makes the folders of the servers below; call it before flush-views starts.
void prepare_monitoring(const std::filesystem::path& data_dir);

// Starts them, and returns once Prometheus is ready. Error(unavailable) if one cannot start.
void start_monitoring(dev_servers::DevServers& servers, int serve_port, const Monitoring& plan,
                      const std::function<bool()>& is_cancelled);

}  // namespace feedctl::cli
