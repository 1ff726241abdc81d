#pragma once
// Retention of the view counters: creation of the daily partitions of post_view_seen, folding of
// old days into the counters, and removal of old rows of the ledger and of old epochs.
//
// Folding a view adds it to post_views.base and deletes its row. So view_count, which is shown,
// stays as it is, and equals base + rows after every chunk. A day is folded once it ended three
// days before today. Flushes, and other processes that fold, may run at the same time.
//
// Plain functions without state: thread-safe. They throw as store::Database does.
#include <chrono>
#include <cstdint>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::views {

// Creates the missing partitions from the day before yesterday to two days ahead. A view that finds
// no partition has them created, too (lib/store).
void create_view_partitions(store::Database& database);

// Bounds of one call of fold_old_views(): other periodic tasks wait for it.
struct FoldLimits {
  int rows_per_chunk = 5000;
  int max_chunks = 200;
  std::chrono::milliseconds max_time{5000};
};

// Folds views of days that are old at `now`, and drops the partitions of days without views. What
// the limits leave is for the next call. Returns the number of folded views.
std::int64_t fold_old_views(store::Database& database, Time now, const FoldLimits& limits = {});

// Deletes the ledger rows, older than a day at `now`, of impressions that were written without
// Redis.
void prune_direct_ledger(store::Database& database, Time now);

// Deletes the epochs that ended over seven days before `now`, except the last one of which a batch
// was applied.
void prune_epochs(store::Database& database, Time now);

}  // namespace feedctl::views
