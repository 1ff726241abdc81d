#pragma once
// Private PostgreSQL server in its own data directory.
//
// It listens only on a Unix socket in a directory of mode 0700, and trusts every connection there.
// The supervisor owns the process. Not thread-safe. Error(unavailable) if it cannot start,
// Error(failed) for a data directory with other files.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dev_servers/supervisor.hpp"

namespace feedctl::dev_servers {

struct PostgresOptions {
  std::filesystem::path data_root;   // data in postgres/, log in log/
  std::filesystem::path socket_dir;  // an existing private directory
  bool is_durable = true;            // false: faster, but unsafe after a crash; for tests
  int max_connections = 200;
  std::vector<std::string> environment = {};  // more variables of the server: "NAME=value"
  std::filesystem::path ready_cluster = {};   // data directory to copy instead of running initdb
};

class Postgres {
 public:
  explicit Postgres(PostgresOptions options);

  // Makes the data directory if needed, starts the server under `supervisor`, then makes the roles
  // and the database `feedctl` if they are missing.
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});

  // feedctl_owner owns the databases and may change their schema; feedctl_app may not.
  std::string owner_url(const std::string& database = "feedctl") const;
  std::string url(const std::string& database = "feedctl") const;
  std::string superuser_url(const std::string& database = "postgres") const;

  std::filesystem::path data_dir() const { return options_.data_root / "postgres"; }

 private:
  void init_cluster() const;
  Service service() const;
  void make_roles_and_database() const;

  PostgresOptions options_;
  std::optional<OsAccount> account_;
  std::filesystem::path bin_dir_;
};

// Runs initdb for the new data directory `dir`, which appears complete or not at all.
// Error(unavailable) if initdb fails.
void make_cluster(const std::filesystem::path& bin_dir, const std::filesystem::path& dir,
                  bool is_durable);

// The directory of initdb and postgres: of `version` ("15") if it is installed, else the one in
// PATH, else the newest installed. Error(unavailable) if there is none.
std::filesystem::path find_postgres_bin_dir(const std::string& version = "");

}  // namespace feedctl::dev_servers
