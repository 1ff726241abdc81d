#pragma once
// Puts in what is missing in the home feeds' read model, in batches of users by id. It only adds
// rows, so no reader ever sees a shorter feed; it is idempotent, so it may be stopped anywhere and
// gone on with from its mark in the database. Called from one thread; inserts in `concurrency`.
//
// Errors: lock_held where another rebuild runs; not_found for an unknown user; failed where there
// is nothing to resume; unavailable where the database went away (resume goes on then).
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

struct RebuildReport {
  std::int64_t users = 0;             // done, with those before a resume
  std::int64_t rows = 0;              // added; in a dry run, what is missing
  std::int64_t activated = 0;         // of this run
  std::int64_t failed = 0;            // users
  bool stopped = false;               // before the last user
  std::vector<std::string> failures;  // the first few
};

struct RebuildOptions {
  std::optional<Id> user;     // only them, and no mark
  std::optional<Time> since;  // only posts from here on
  bool inactive = false;      // also users that no rows are kept for yet, and keep some from now on
  bool resume = false;        // goes on with the last one, as that was asked for
  bool dry_run = false;       // counts only
  std::int64_t rate = 0;      // rows a second at most; 0: no limit
  int concurrency = 1;
  std::function<void(std::int64_t users)> on_total;  // still to do
  std::function<void(std::int64_t users)> on_done;   // that many more
  std::function<bool()> stop;                        // asked between batches
};

// The pool of `database` needs a connection for each of `concurrency`.
RebuildReport rebuild(store::Database& database, const RebuildOptions& options);

}  // namespace feedctl::feed
