#include "dev_servers/dev_servers.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/error.hpp"
#include "dev_servers/postgres_files.hpp"

namespace feedctl::dev_servers {
namespace {

namespace fs = std::filesystem;

// The servers' account must be able to enter, whatever umask root has.
void make_traversable_dir(const fs::path& dir) {
  if (dir.has_relative_path()) make_traversable_dir(dir.parent_path());
  if (fs::create_directory(dir) && server_account()) fs::permissions(dir, fs::perms(0755));
}

fs::path make_data_dir(const fs::path& dir) {
  auto absolute = fs::absolute(dir).lexically_normal();
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // "state/"
  try {
    make_traversable_dir(absolute / "log");
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::failed,
                "cannot make " + (absolute / "log").string() + ": " + error.code().message());
  }
  return absolute;
}

const char* const owned_entries[] = {"postgres",   "postgres.new", "redis",
                                     "prometheus", "run",          "log"};

bool is_dev_servers_dir(const fs::path& dir) {
  std::ifstream config(dir / "feedctl.yaml");
  std::string line;
  return (std::getline(config, line) && line == config_marker_line) ||
         !cluster_version(dir / "postgres").empty() ||
         !cluster_version(dir / "postgres.new").empty();
}

// True if it holds only the entries that DevServers makes, and those are empty.
bool has_no_foreign_files(const fs::path& dir) {
  for (const auto& entry : fs::directory_iterator(dir)) {
    const auto name = entry.path().filename();
    if (name == "lock" || name == "dev.pid") continue;
    const bool part = std::find(std::begin(owned_entries), std::end(owned_entries), name) !=
                      std::end(owned_entries);
    if (!part || !entry.is_directory() || !fs::is_empty(entry.path())) return false;
  }
  return true;
}

DevServersOptions with_data_dir(DevServersOptions options) {
  options.data_dir = make_data_dir(options.data_dir);
  return options;
}

}  // namespace

DevServers::DevServers(DevServersOptions options)
    : options_(with_data_dir(std::move(options))), lock_(options_.data_dir) {}

void DevServers::clear_data_dir() {
  const auto& dir = options_.data_dir;
  if (!is_dev_servers_dir(dir) && !has_no_foreign_files(dir)) {
    throw Error(ErrorCode::usage, dir.string() + " holds files, and not the data of earlier runs")
        .with_hint("name a new or an empty folder");
  }
  // Only its own entries, since the directory may hold other files, too.
  clear_stale_pid(dir / "postgres");
  for (const char* part : owned_entries) fs::remove_all(dir / part);
  make_data_dir(dir);
}

void DevServers::start() {
  const auto account = server_account();
  const auto& dir = options_.data_dir;
  if (account) require_reachable(dir / "postgres", *account);
  const auto sockets = make_socket_dir(dir, account);
  const int databases = options_.is_durable ? 16 : 64;  // tests take one each
  postgres_.emplace(PostgresOptions{dir, sockets, options_.is_durable, 200,
                                    options_.postgres_environment, options_.ready_cluster});
  postgres_->start(supervisor_, options_.is_cancelled);
  if (!options_.with_redis) return;
  redis_.emplace(RedisOptions{dir, sockets, options_.is_durable, databases});
  redis_->start(supervisor_, options_.is_cancelled);
}

}  // namespace feedctl::dev_servers
