#include "e2e/nginx/nginx_site.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/migrate.hpp"

namespace feedctl::nginx_test {
namespace {

using support::Settings;

constexpr const char* program = "/usr/sbin/nginx";

std::string shipped(const std::string& name) {
  const char* source = std::getenv("FEEDCTL_SOURCE");
  const auto file = std::filesystem::path(source) / "configs/nginx" / name;
  return support::read_file(file);
}

// Each text must be there: else the shipped file has changed, and this test with it.
void replace(std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("configs/nginx has no \"" + from + '"');
  for (; at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

Settings with_proxy(Settings settings) {
  settings.emplace("server.trusted_proxies", "127.0.0.1");
  return settings;
}

}  // namespace

bool has_nginx() {
  if (::access(program, X_OK) == 0) return true;
  WARN("nginx is not installed: its configuration is not tested");
  return false;
}

NginxSite::NginxSite(Settings settings) {
  support::migrate_up(database_);
  settings.emplace("redis.url", redis_.url());
  settings.emplace("redis.timeout", "10s");
  for (auto& serve : serves_)
    serve = std::make_unique<support::ServerProcess>(database_, with_proxy(settings));
  write_configuration();
  nginx_ = std::make_unique<support::BackgroundProcess>(std::vector<std::string>{
      program, "-p", folder_.path().string(), "-c", (folder_.path() / "nginx.conf").string(), "-g",
      ::geteuid() == 0 ? "daemon off; user root;" : "daemon off;"});
  const bool answers = support::eventually(
      [&] { return !nginx_->is_running() || http().get("/health/ready").status == 200; });
  if (!answers || !nginx_->is_running()) throw std::runtime_error("nginx: " + nginx_->output());
}

void NginxSite::write_configuration() const {
  const auto folder = folder_.path().string();
  auto main = shipped("nginx.conf");
  replace(main, "/tmp/", folder + "/");
  replace(main, "/etc/nginx/feedctl/", folder + "/feedctl-");
  replace(main, "worker_processes auto", "worker_processes 2");
  folder_.write("nginx.conf", main);
  auto site = shipped("feedctl.conf");
  replace(site, "listen 80 ", "listen 127.0.0.1:" + std::to_string(port_) + " ");
  site += "server { listen 127.0.0.1:" + std::to_string(status_port_) +
          "; location / { stub_status; } }\n";
  folder_.write("feedctl-site.conf", site);
  auto upstream = shipped("upstream.conf");
  replace(upstream, "127.0.0.1:8000", "127.0.0.1:" + std::to_string(serves_[0]->port()));
  replace(upstream, "127.0.0.1:8001", "127.0.0.1:" + std::to_string(serves_[1]->port()));
  folder_.write("feedctl-upstream.conf", upstream);
}

double metric(support::ServerProcess& serve, const std::string& name) {
  const auto text = "\n" + serve.client().get("/metrics").body;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

}  // namespace feedctl::nginx_test
