#pragma once
// `feedctl serve` on a free port against a test's own database, as a real process.
#include <csignal>
#include <map>
#include <memory>
#include <string>

#include "support/fresh_database.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"

namespace feedctl::support {

// Configuration keys and values, over: auth.mode open, no access log, log.level warning, no rate
// limits, no Redis, a free port, and waits that no busy machine comes to.
using Settings = std::map<std::string, std::string>;

// With the waits that the product has by itself, for tests of a database that does not answer. What
// `settings` has stays.
Settings with_product_timeouts(Settings settings = {});

class ServerProcess {
 public:
  // Returns once /health/ready answers 200. Throws, with what it printed, where it does not.
  explicit ServerProcess(const FreshDatabase& database, const Settings& settings = {})
      : ServerProcess(database.url().reveal(), settings) {}
  // Of any database that has the schema.
  ServerProcess(const std::string& database_url, const Settings& settings);

  int port() const { return port_; }
  HttpClient client() const { return HttpClient(port_); }
  pid_t pid() const { return process_->pid(); }
  std::string output() const { return process_->output(); }
  // kill -9; start() then serves on the same port again.
  void kill();
  void start();
  // SIGTERM; the exit code.
  int stop();

 private:
  std::vector<std::string> argv_;
  RunOptions run_;
  int port_ = 0;
  std::unique_ptr<BackgroundProcess> process_;
};

// A port nobody listens on now.
int free_port();

}  // namespace feedctl::support
