#pragma once
// A private RabbitMQ: its own data, cookie, configuration and name service (epmd), all listening on
// 127.0.0.1 alone, on ports that were free. Not thread-safe. Starting takes 5 to 10 seconds.
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "localstack/supervisor.hpp"

namespace feedctl::localstack {

class Rabbitmq {
 public:
  static constexpr const char* service = "rabbitmq-server";
  static bool installed();

  // Its data goes to folder/rabbitmq, its log to folder/log; both folders must be reachable by the
  // servers' account.
  explicit Rabbitmq(std::filesystem::path folder);
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});

  Secret<std::string> url() const;  // amqp://USER:PASSWORD@127.0.0.1:PORT/
  bool answers() const;
  // rabbitmqctl with these arguments, against this server.
  Finished control(const std::vector<std::string>& arguments,
                   std::chrono::milliseconds timeout = std::chrono::seconds{30}) const;

 private:
  struct Ports {
    int amqp, distribution, names;
  };

  static Ports free_ports();
  std::filesystem::path home() const { return folder_ / "rabbitmq"; }
  void write_files() const;
  void start_names(Supervisor& supervisor) const;
  std::vector<std::string> environment() const;

  std::filesystem::path folder_;
  std::optional<Account> account_;
  Ports ports_;
  Secret<std::string> password_;
};

}  // namespace feedctl::localstack
