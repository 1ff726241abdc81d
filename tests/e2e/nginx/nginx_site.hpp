#pragma once
// nginx with the files of configs/nginx before two serves of one database, as real processes. Only
// ports and folders are replaced in the files.
#include <array>
#include <memory>
#include <string>

#include "support/api.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

namespace feedctl::nginx_test {

// False, with a warning, where nginx is not installed.
bool has_nginx();

class NginxSite {
 public:
  explicit NginxSite(support::Settings settings = {});

  int port() const { return port_; }
  support::HttpClient http() const { return support::HttpClient(port_); }
  support::ServerProcess& serve(int number) {
    return *serves_.at(static_cast<std::size_t>(number));
  }
  // The text between the braces of GET /status: "Active connections: 3 ..".
  std::string status_page() const { return support::HttpClient(status_port_).get("/").body; }
  std::string log() const { return nginx_->output(); }

 private:
  void write_configuration() const;

  support::FreshDatabase database_;
  support::TempFolder folder_;
  test::RedisServer redis_;
  std::array<std::unique_ptr<support::ServerProcess>, 2> serves_;
  int port_ = support::free_port();
  int status_port_ = support::free_port();
  std::unique_ptr<support::BackgroundProcess> nginx_;
};

// A value of the metrics of one serve; 0 where it is missing.
double metric(support::ServerProcess& serve, const std::string& name);

}  // namespace feedctl::nginx_test
