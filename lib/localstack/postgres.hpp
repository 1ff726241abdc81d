#pragma once
// A private PostgreSQL: its own data folder, listening on a Unix socket alone, in a folder that
// only its owner may enter; whoever can reach the socket is trusted. Not thread-safe.
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "localstack/supervisor.hpp"

namespace feedctl::localstack {

struct PostgresOptions {
  std::filesystem::path folder;   // its data goes to folder/postgres, its log to folder/log
  std::filesystem::path sockets;  // an existing private folder
  bool durable = true;            // false: faster, and nothing survives a crash; for tests
  int max_connections = 200;
  std::vector<std::string> environment = {};  // further, of the server alone: "NAME=value"
};

class Postgres {
 public:
  explicit Postgres(PostgresOptions options);

  // Makes the data folder where there is none, starts the server under `supervisor`, then makes the
  // roles and the database `feedctl` where they are missing.
  void start(Supervisor& supervisor, const std::function<bool()>& cancelled = {});

  // feedctl_owner owns the databases and may change their schema; feedctl_app may not.
  std::string owner_url(const std::string& database = "feedctl") const;
  std::string url(const std::string& database = "feedctl") const;
  std::string superuser_url(const std::string& database = "postgres") const;

  std::filesystem::path data() const { return options_.folder / "postgres"; }

 private:
  void make_cluster() const;
  Service service() const;
  void make_roles_and_database() const;

  PostgresOptions options_;
  std::optional<Account> account_;
  std::filesystem::path programs_;
};

// The folder of initdb and postgres: of `version` ("15") where one is named and installed, else
// that in PATH, else the newest installed. Error(unavailable) where there is none.
std::filesystem::path find_postgres(const std::string& version = "");

}  // namespace feedctl::localstack
