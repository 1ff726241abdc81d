#pragma once
// The private stack of a drill in a temporary folder: PostgreSQL, Redis, serve, work, flush-views.
//
// The object owns the processes and the folder; its end stops the ones and removes the other. For
// the main thread. Error(unavailable) if a process does not start.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "dev_servers/dev_servers.hpp"
#include "feedctl/dev/stop_signals.hpp"
#include "store/database.hpp"

namespace feedctl::cli {

class DrillStack {
 public:
  static constexpr const char* serve_name = "feedctl serve";
  static constexpr const char* work_name = "feedctl work";
  static constexpr const char* redis_name = "redis-server";
  static constexpr const char* postgres_name = "postgres";

  explicit DrillStack(StopSignals& signals);
  ~DrillStack();
  DrillStack(const DrillStack&) = delete;
  DrillStack& operator=(const DrillStack&) = delete;

  // Starts all, with the sample data of `seed --profile small`.
  void start();

  int port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  dev_servers::DevServers& servers() { return *servers_; }
  void add_worker();
  // Events that wait for workers. No value: the database does not answer.
  std::optional<std::int64_t> backlog();
  // What `feedctl verify --all` says against the data; no value: nothing.
  std::optional<std::string> verify() const;

 private:
  void write_config() const;
  void run(const std::vector<std::string>& arguments);
  void start_service(dev_servers::Service service);
  void open_database();

  StopSignals& signals_;
  const std::filesystem::path dir_;
  const std::filesystem::path config_;
  const int port_;
  std::unique_ptr<dev_servers::DevServers> servers_;
  std::unique_ptr<store::Database> database_;
};

}  // namespace feedctl::cli
