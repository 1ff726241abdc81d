#pragma once
// A probe of writes: inserts an event as each command does, and rolls back. Thread-safe.
#include <optional>
#include <string>

#include "store/database.hpp"

namespace feedctl::events {

struct WriteRefusal {
  std::string sqlstate;
  std::string reason;  // one line
  std::string detail;  // what the server said
};

// nullopt: the write succeeds, or failed for a transient cause (a lock, a time-out). Throws
// Error(unavailable) if the database does not answer.
std::optional<WriteRefusal> probe_write(store::Database& database);

}  // namespace feedctl::events
