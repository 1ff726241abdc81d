#pragma once
// Cache warming: fills the shared cache with the hot feed's ranking, the lists of the newest posts'
// authors, and the first pages of readers who were active lately; and the Redis of view counters
// with the totals of the newest posts.
//
// It fills only missing entries, by the same leases as readers, so it may run beside them and never
// stores a stale entry. An entry that readers would not use, such as one of another epoch, counts
// as missing. Then it asks every serve, through the event log, to load readers into its own memory.
// Without a shared cache only this last step runs. Call it from one thread; callbacks run in it.
//
// Errors: Error(lock_held) while another warm-up runs, Error(unavailable) if the database or the
// cache does not answer.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/ids.hpp"
#include "cache/cache.hpp"
#include "hot/hot_feed.hpp"
#include "store/database.hpp"

namespace feedctl::operations {

struct WarmedCount {
  std::int64_t filled = 0;  // in a dry run: would be
  std::int64_t already_cached = 0;
};

struct CacheWarmerOptions {
  int newest_posts = 100;          // number of posts whose authors' lists and totals are filled
  int max_readers = 1000;          // the last seen first
  int max_entries_per_second = 0;  // 0: no limit
  bool dry_run = false;
  hot::Options hot;
  // Fills the shown view totals of at most a hundred posts, or with `dry_run` counts the missing
  // ones. {}: no Redis has view counters. An Error counts as so many failed entries.
  std::function<WarmedCount(std::span<const Id> posts, bool dry_run)> warm_view_totals;
  std::function<void(std::int64_t entries)> on_total;
  std::function<void(std::int64_t entries)> on_progress;  // so many more
  std::function<bool()> should_stop;                      // called between entries
};

struct CacheWarmerReport {
  WarmedCount ranking, authors, readers;
  std::optional<WarmedCount> view_totals;  // nullopt without CacheWarmerOptions::warm_view_totals
  std::int64_t failed = 0;                 // entries that could not be filled
  bool has_shared_cache = false;           // the counts are of the shared cache
  bool servers_notified = false;           // every serve was asked to load readers
  bool stopped = false;
};

CacheWarmerReport warm_cache(store::Database& database, cache::Cache& cache,
                             const CacheWarmerOptions& options);

}  // namespace feedctl::operations
