#include "feedctl/loadtest/drill_stack.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "base/error.hpp"
#include "feedctl/cli/private_file.hpp"
#include "feedctl/dev/subprocesses.hpp"
#include "feedctl/dev/yaml_text.hpp"
#include "sql/dev.hpp"

namespace feedctl::cli {

namespace {

namespace fs = std::filesystem;

constexpr int first_port = 20'000, last_port = 29'999;
constexpr std::int64_t max_counted_events = 1'000'000;

fs::path make_temporary_dir() {
  auto name = (fs::temp_directory_path() / "feedctl-drill-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw Error(ErrorCode::failed, "cannot make " + name + ": " + std::strerror(errno))
        .with_hint("TMPDIR names the folder for temporary files");
  // The servers' account must be able to enter; what is secret has a mode of its own.
  fs::permissions(name, fs::perms(0755));
  return name;
}

// Drills may run side by side, so the search begins where this process's number says.
int find_free_port() {
  constexpr int count = last_port - first_port + 1;
  for (int i = 0; i < count; ++i) {
    const int port = first_port + (::getpid() + i) % count;
    if (is_free_port(port)) return port;
  }
  throw Error(ErrorCode::unavailable, "no port from " + std::to_string(first_port) + " to " +
                                          std::to_string(last_port) + " is free");
}

dev_servers::DevServersOptions server_options(const fs::path& dir, StopSignals& signals) {
  dev_servers::DevServersOptions options;
  options.data_dir = dir;
  options.is_cancelled = [&signals] { return signals.is_raised(); };
  return options;
}

}  // namespace

DrillStack::DrillStack(StopSignals& signals)
    : signals_(signals),
      dir_(make_temporary_dir()),
      config_(dir_ / "feedctl.yaml"),
      port_(find_free_port()),
      servers_(std::make_unique<dev_servers::DevServers>(server_options(dir_, signals))) {}

DrillStack::~DrillStack() {
  database_.reset();
  servers_.reset();
  std::error_code ignored;
  fs::remove_all(dir_, ignored);
}

void DrillStack::start() {
  servers_->start();
  write_config();
  run({"migrate", "up"});
  run({"seed", "--profile", "small"});
  open_database();
  const auto logs = dir_ / "log";
  start_service(serve_service(config_, logs / "serve.log", port_));
  start_service(work_service(config_, logs / "work.log"));
  start_service(flush_service(config_, logs / "flush-views.log"));
}

void DrillStack::write_config() const {
  std::ostringstream file;
  file << "server:\n  port: " << port_ << "\n"
       << "database:\n  url: " << yaml_quoted(servers_->postgres().url()) << "\n"
       << "  owner_url: " << yaml_quoted(servers_->postgres().owner_url()) << "\n"
       << "redis:\n  url: " << yaml_quoted(servers_->redis().url()) << "\n"
       << "auth:\n  mode: open\nrate_limit:\n  enabled: false\n";
  replace_private_file(config_, file.str());
}

void DrillStack::run(const std::vector<std::string>& arguments) {
  run_feedctl(arguments, config_, dir_ / "log" / (arguments.front() + ".log"), signals_);
}

void DrillStack::start_service(dev_servers::Service service) {
  servers_->supervisor().start(std::move(service), [this] { return signals_.is_raised(); });
}

void DrillStack::add_worker() {
  auto service = work_service(config_, dir_ / "log" / "work-2.log");
  service.name = std::string(work_name) + " 2";
  start_service(std::move(service));
}

void DrillStack::open_database() {
  store::Options options;
  options.url = Secret<std::string>(servers_->postgres().url());
  options.application_name = "feedctl.loadtest";
  database_ = std::make_unique<store::Database>(std::move(options));
}

std::optional<std::int64_t> DrillStack::backlog() {
  try {
    return database_->execute(sql::dev::waiting_events, store::params(max_counted_events))[0]
        .integer(0);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<std::string> DrillStack::verify() const {
  try {
    feedctl_output({"verify", "--all"}, config_);
    return std::nullopt;
  } catch (const Error& error) {
    return std::string(error.what()) + (error.hint().empty() ? "" : "\n" + error.hint());
  }
}

}  // namespace feedctl::cli
