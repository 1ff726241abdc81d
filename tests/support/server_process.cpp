#include "support/server_process.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "config/config.hpp"

namespace feedctl::support {

using namespace std::chrono_literals;

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

namespace {

struct Timeout {
  const char* key;
  const char* patient;
  std::chrono::milliseconds product;
};

// A function, as settings of tests are made before main().
std::vector<Timeout> timeouts() {
  const config::DatabaseConfig database{};
  const config::ServerConfig server{};
  return {{"database.pool_wait", "30s", database.pool_wait},
          {"database.connect_timeout", "30s", database.connect_timeout},
          {"database.statement_timeout", "30s", database.statement_timeout},
          {"database.lock_timeout", "30s", database.lock_timeout},
          {"server.queue_wait", "10s", server.queue_wait},
          {"server.queue_patience", "60s", server.queue_patience}};
}

int port_in(const Settings& settings) {
  const auto found = settings.find("server.port");
  return found == settings.end() ? free_port() : std::stoi(found->second);
}

// The variable that sets a secret key, which must not stand in argv; "" for another key.
std::string secret_variable(const std::string& key) {
  const std::string end = ".client_secret";
  const bool is_secret =
      key == "redis.url" || key == "server.secret_key" || key == "media.s3_secret" ||
      (key.size() > end.size() && key.compare(key.size() - end.size(), end.size(), end) == 0);
  if (!is_secret) return "";
  auto name = "FEEDCTL_" + key;
  for (char& c : name) {
    c = c == '.' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace

Settings with_product_timeouts(Settings settings) {
  for (const auto& [key, patient, product] : timeouts())
    settings.emplace(key, std::to_string(product.count()) + "ms");
  return settings;
}

ServerProcess::ServerProcess(const std::string& database_url, const Settings& settings)
    : port_(port_in(settings)) {
  Settings all{{"auth.mode", "open"},
               {"server.access_log", "false"},
               {"log.level", "warning"},
               {"rate_limit.enabled", "false"}};
  for (const auto& [key, patient, product] : timeouts()) all.emplace(key, patient);
  for (const auto& [key, value] : settings) all[key] = value;
  argv_ = {feedctl_binary(), "serve", "--port", std::to_string(port_)};
  run_.environment = {"FEEDCTL_DATABASE_URL=" + database_url, "FEEDCTL_CONFIG"};
  for (const auto& [key, value] : all) {
    if (const auto variable = secret_variable(key); !variable.empty()) {
      run_.environment.push_back(variable + "=" + value);
    } else if (key != "server.port") {
      argv_.push_back("--set");
      argv_.push_back(key + "=" + value);
    }
  }
  start();
}

void ServerProcess::start() {
  process_ = std::make_unique<BackgroundProcess>(argv_, run_);
  const auto until = std::chrono::steady_clock::now() + 150s;
  const HttpClient http(port_, "127.0.0.1", 10s);
  while (http.get("/health/ready").status != 200) {
    if (!process_->is_running() || std::chrono::steady_clock::now() > until) {
      throw std::runtime_error("feedctl serve did not become ready:\n" + process_->output());
    }
    std::this_thread::sleep_for(10ms);
  }
}

void ServerProcess::kill() {
  process_->signal(SIGKILL);
  process_->wait(60s);
}

int ServerProcess::stop() {
  return process_->stop();
}

}  // namespace feedctl::support
