#pragma once
// The migrator applies the embedded sql/migrations/NNNN_name.sql in order, each in a transaction of
// its own, and records its SHA-256. Processes exclude one another by polling pg_try_advisory_lock:
// a blocking waiter would deadlock with CREATE INDEX CONCURRENTLY.
#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "base/time.hpp"

namespace feedctl::store {

struct Migration {
  int version;
  const char* name;
  const char* text;
};

// Ascending.
std::span<const Migration> embedded_migrations();

struct MigrationStatus {
  enum class State { applied, pending, changed, unknown };  // unknown: applied, not in this binary
  int version;
  std::string name;
  State state;
  Time applied_at;  // of applied and changed ones
  std::int64_t milliseconds = 0;
};

struct MigrateOptions {
  Secret<std::string> owner_url;
  Secret<std::string> url;             // its user gets the rights that serve and work need
  std::chrono::seconds lock_wait{60};  // for another migrate; then Error(lock_held)
  bool dry_run = false;
  int partitions_ahead = 7;  // days of the event log that get partitions
  std::function<void(const MigrationStatus&)> on_applied;
};

struct MigrateReport {
  std::vector<MigrationStatus> applied;
  int version = 0;  // of the schema now
};

// Applies pending migrations, grants rights, makes the server's keys and the partitions.
// Error(bad_data) if an applied file has changed since, or the schema is newer than this binary.
MigrateReport migrate_up(const MigrateOptions& options,
                         std::span<const Migration> migrations = embedded_migrations());

std::vector<MigrationStatus> migration_status(
    const Secret<std::string>& url, std::span<const Migration> migrations = embedded_migrations());

}  // namespace feedctl::store
