#pragma once
// The conditions under which this binary may use a database as a whole: a server that is new
// enough, UTF-8, our schema's version, the cluster in which the log's positions were made, no rows
// that are hidden from the role. Each has a name, a reason and a remedy.
//
// A process that calls guard_connections() has them checked on every connection that it opens,
// whichever way; one that does not (migrate, doctor, events adopt) asks problems_of() itself.
// Thread-safe.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace feedctl::store {

inline constexpr std::int64_t oldest_server = 140000;

struct Problem {
  std::string name;  // "server", "encoding", "schema", "cluster", "row_security", "node": stable
  ErrorCode code;    // of a command that ends for it
  std::string reason;
  std::string hint;

  Error error() const;
};

// Of a database whose log speaks of another cluster's transaction ids.
Problem other_cluster();

// The heaviest first; none: the database may be used. Throws what Database::read does.
std::vector<Problem> problems_of(Database& database);

// Whether it only follows another server, and takes no writes for that.
bool is_standby(Database& database);

enum class Guarding {
  refuse,  // opening a connection fails with Problem::error()
  // For a process that goes on: it reads, every write is refused as by a read-only server (25006),
  // and sessions (lanes, tails, locks) do not open. Such a connection is soon opened anew.
  close,
};
// Once, before the first connection; nothing is checked before.
void guard_connections(Guarding how);

// Asks again on a connection that is open, and closes or opens all writes of this process: what
// changes while connections stay open (a migration) is seen only so. The heaviest problem.
std::optional<Problem> look_again(Database& database);

// SqlError 25006 where writes are closed: for who writes over a Session.
void require_writes_open();

// Writes that the server itself refused lately because it takes none: read-only, disk full.
struct Refusals {
  int count = 0;                                 // within the last ten seconds
  std::chrono::steady_clock::time_point last{};  // the epoch: none yet
  std::string message;
};
Refusals recent_refusals();

}  // namespace feedctl::store
