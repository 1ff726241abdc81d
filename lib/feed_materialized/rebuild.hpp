#pragma once
// Adds the missing rows of user_feed, in batches of users by id.
//
// A rebuild only adds rows, so no reader ever sees a shorter feed. It is idempotent: it may stop
// anywhere and resume from its checkpoint in the database. One thread calls it; `concurrency`
// threads insert.
//
// Errors: lock_held if another rebuild runs; not_found for an unknown user; failed if there is
// nothing to resume; unavailable if the database went away (resume continues then).
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::feed_materialized {

struct RebuildReport {
  std::int64_t users = 0;             // done, including those before a resume
  std::int64_t rows = 0;              // added; in a dry run: missing
  std::int64_t activated = 0;         // of this run
  std::int64_t failed = 0;            // users
  bool stopped = false;               // before the last user
  std::vector<std::string> failures;  // the first few
};

struct RebuildOptions {
  std::optional<Id> user;         // only this user, without a checkpoint
  std::optional<Time> since;      // only posts from this time on
  bool include_inactive = false;  // also activates users without rows
  bool resume = false;            // continues the last rebuild with its options
  bool dry_run = false;           // counts only
  std::int64_t max_rate = 0;      // rows per second; 0: no limit
  int concurrency = 1;
  std::function<void(std::int64_t users)> on_total;  // still to do
  std::function<void(std::int64_t users)> on_done;   // done since the last call
  std::function<bool()> should_stop;                 // called between batches
};

// The pool of `database` needs `concurrency` connections.
RebuildReport rebuild(store::Database& database, const RebuildOptions& options);

}  // namespace feedctl::feed_materialized
