#pragma once
// Reads the audit log, newest entries first, and deletes its old entries. Thread-safe. Errors are
// those of the store.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "base/time.hpp"

namespace feedctl::audit {

struct LoggedEntry {
  std::int64_t id = 0;
  Time at;
  Actor actor;  // with its name
  Entry entry;
};

// Only entries that fit all members; nullopt fits any.
struct Filter {
  std::optional<std::string> actor = {};   // a handle, now or then, a shell's name, or a user's id
  std::optional<std::string> action = {};  // "user.role", or "user" for all actions on users
  std::optional<std::string> object = {};  // "user:7"
  std::optional<std::chrono::milliseconds> max_age = {};
};

// At most `limit` entries with ids below `before`.
std::vector<LoggedEntry> list_entries(store::Database& database, const Filter& filter,
                                      std::int64_t before, int limit);

// Deletes the entries older than `retention` at `now`, a thousand a statement. Returns their
// number.
std::size_t prune_entries(store::Database& database, std::chrono::milliseconds retention, Time now);

}  // namespace feedctl::audit
