#pragma once
// The guard: the conditions under which this binary may use a database. The server is new enough
// and UTF-8, the schema has this binary's version, the log's positions were made in this cluster,
// no row is hidden from the role, and the setting feedctl.node fits into ids. Each problem has a
// name, a reason and a remedy.
//
// A process that calls guard_connections() has every new connection checked. Another one (migrate,
// doctor, events adopt) calls find_problems() itself. Thread-safe.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace feedctl::store {

inline constexpr std::int64_t min_server_version = 140000;

struct Problem {
  std::string name;  // server, encoding, schema, cluster, row_security, node; stable
  ErrorCode code;    // of error()
  std::string reason;
  std::string hint;

  Error error() const;
};

// The log holds the transaction ids of another cluster.
Problem other_cluster_problem();

// The most severe first; empty: the database may be used. Throws as Database::read().
std::vector<Problem> find_problems(Database& database);

// Whether the server is a standby, which takes no writes.
bool is_standby(Database& database);

enum class GuardMode {
  fail_connections,  // opening a connection fails with Problem::error()
  // The process goes on reading. Every write fails as on a read-only server, and a store::Session
  // (slot leases, log tails, locks) does not open. A connection with a problem is replaced after a
  // second.
  close_writes,
};
// Called once, before the first connection.
void guard_connections(GuardMode how);

// Checks again on an open connection, and closes or opens all writes of a guarded process. Without
// these calls the process would not notice a change (a migration) while its connections stay open.
// Returns the most severe problem.
std::optional<Problem> recheck(Database& database);

// Throws SqlError read_only_sql_transaction if writes are closed. For writers over a Session.
void require_writes_open();

// Writes that the server refused lately because it takes none: read-only, disk full.
struct RecentWriteRefusals {
  int count = 0;                                 // within the last ten seconds
  std::chrono::steady_clock::time_point last{};  // the epoch: none yet
  std::string message;
};
RecentWriteRefusals recent_write_refusals();

}  // namespace feedctl::store
