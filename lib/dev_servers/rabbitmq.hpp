#pragma once
// Private RabbitMQ server with its own data, Erlang cookie, configuration and port mapper (epmd).
//
// All listen only on free ports of 127.0.0.1. The supervisor owns the processes. The start takes 5
// to 10 seconds. Not thread-safe. Error(unavailable) if it cannot start.
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "dev_servers/supervisor.hpp"

namespace feedctl::dev_servers {

class Rabbitmq {
 public:
  static constexpr const char* service_name = "rabbitmq-server";
  static bool is_installed();

  // Data in `data_root`/rabbitmq, log in `data_root`/log; the servers' account must reach both.
  explicit Rabbitmq(std::filesystem::path data_root);
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});

  Secret<std::string> url() const;  // amqp://USER:PASSWORD@127.0.0.1:PORT/
  bool is_ready() const;
  // Runs rabbitmqctl against this server.
  ProcessResult rabbitmqctl(const std::vector<std::string>& arguments,
                            std::chrono::milliseconds timeout = std::chrono::seconds{120}) const;
  // Evaluates Erlang expressions ("a, b.") on this server. The output is what they print, then the
  // value of the last one. Uses erl_call if it is installed: rabbitmqctl starts an Erlang VM, which
  // costs a second of CPU time. Evaluates once: a failure or a time-out is the result.
  ProcessResult evaluate(const std::string& expressions,
                         std::chrono::milliseconds timeout = std::chrono::seconds{120}) const;

 private:
  struct Ports {
    int amqp, distribution, epmd;
  };

  static Ports free_ports();
  std::filesystem::path home_dir() const { return data_root_ / "rabbitmq"; }
  void write_config_files() const;
  void start_epmd(Supervisor& supervisor) const;
  std::vector<std::string> environment() const;
  Command command(std::vector<std::string> argv) const;

  std::filesystem::path data_root_;
  std::optional<OsAccount> account_;
  Ports ports_;
  Secret<std::string> password_;
};

}  // namespace feedctl::dev_servers
