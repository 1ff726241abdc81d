#pragma once
// Whether an event may be written, as each command does: tried, and rolled back. Thread-safe.
#include <optional>
#include <string>

#include "store/database.hpp"

namespace feedctl::events {

struct WriteRefusal {
  std::string sqlstate;
  std::string reason;  // one line
  std::string detail;  // what the server said
};

// nullopt: it may, or something passing (a lock, a time-out) was in the way. Throws
// Error(unavailable) where the database does not answer.
std::optional<WriteRefusal> try_write(store::Database& database);

}  // namespace feedctl::events
