#pragma once
// Private PostgreSQL and Redis servers in one data directory, under one supervisor: for `feedctl
// dev` and the tests.
//
// The directory holds lock, postgres, redis, log/*.log and run (sockets). The object owns the
// servers and stops them. Not thread-safe, except supervisor().
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dev_servers/data_dir.hpp"
#include "dev_servers/postgres.hpp"
#include "dev_servers/redis.hpp"
#include "dev_servers/supervisor.hpp"

namespace feedctl::dev_servers {

// The first line of feedctl.yaml, by which clear_data_dir() recognizes its own directory.
inline constexpr const char* config_marker_line =
    "# Written by `feedctl dev` at each start: what is changed here is lost.";

struct DevServersOptions {
  std::filesystem::path data_dir;
  bool is_durable = true;
  bool with_redis = true;
  std::function<bool()> is_cancelled;                  // polled during the start
  std::vector<std::string> postgres_environment = {};  // "NAME=value"
  std::filesystem::path ready_cluster = {};            // see PostgresOptions
};

class DevServers {
 public:
  // Locks the directory: Error(lock_held) if another process holds it. Starts nothing yet.
  explicit DevServers(DevServersOptions options);

  // Removes the data of earlier runs; call it before start(). Error(usage), and nothing is removed,
  // if the directory holds files of unknown origin.
  void clear_data_dir();
  // Returns once both servers answer. Error(unavailable) if one cannot start.
  void start();

  const Postgres& postgres() const { return *postgres_; }
  bool has_redis() const { return redis_.has_value(); }
  const Redis& redis() const { return redis_.value(); }
  Supervisor& supervisor() { return supervisor_; }
  const std::filesystem::path& data_dir() const { return options_.data_dir; }

 private:
  DevServersOptions options_;
  DataDirLock lock_;
  std::optional<Postgres> postgres_;
  std::optional<Redis> redis_;
  Supervisor supervisor_;
};

}  // namespace feedctl::dev_servers
