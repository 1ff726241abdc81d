#pragma once
// What doctor found, and the checks that find it. A check never throws: what goes wrong is a
// finding.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace feedctl::store {
class Database;
}
namespace feedctl::cache {
class Cache;
}

namespace feedctl::cli::checks {

enum class Level { ok, warning, error };

struct Finding {
  std::string check;  // "wal_compression": a stable name
  Level level = Level::ok;
  std::string text;
  std::string fix = {};                // the line that fixes it
  std::optional<double> measure = {};  // what was measured: ms, seconds, days or bytes
};
using Findings = std::vector<Finding>;

std::string_view name_of(Level level);

void check_config(Findings& findings, const config::Loaded& loaded);
void check_database(Findings& findings, store::Database& database, const config::Config& config);
// All that the daemons open against what they may.
void check_connections(Findings& findings, store::Database& database, const config::Config& config);
// What stands between this binary and the database as a whole.
void check_fitness(Findings& findings, store::Database& database);
void check_collation(Findings& findings, store::Database& database);  // of PostgreSQL 15 and newer
// The rest: of a database that has the schema.
void check_writes(Findings& findings, store::Database& database);
void check_log(Findings& findings, store::Database& database, const config::Config& config);
// What a clock that was wrong has left there.
void check_clocks(Findings& findings, store::Database& database, const config::Config& config);
void check_redis(Findings& findings, cache::Cache& cache, const config::RedisConfig& config);
// What a commit costs and how much room there is, in `folder`.
void check_disk(Findings& findings, const std::string& folder);

// Runs `check`; an Error becomes a finding under `name`.
void guarded(Findings& findings, const std::string& name, const std::function<void()>& check);

}  // namespace feedctl::cli::checks
