#pragma once
// Fills the shared cache before readers ask: the hot feed's ranking, the lists of the authors of
// the newest posts, and the lists of readers who were seen lately. It fills only what is not there,
// by the same leases as readers do, so it may run beside them and nothing it read grows old unseen.
// What readers would not take, as of another epoch, is not there. Then it tells every serve,
// through the log, to bring so many readers into its own memory; where no cache is shared, that is
// all. Called from one thread.
//
// Errors: lock_held where another one runs; unavailable where the database or the cache does not
// answer.
#include <cstdint>
#include <functional>

#include "cache/cache.hpp"
#include "hot/hot.hpp"
#include "store/database.hpp"

namespace feedctl::warm {

struct Options {
  int posts = 100;     // the newest so many: their authors' lists
  int readers = 1000;  // at most, the last seen first
  int rate = 0;        // entries a second at most; 0: no limit
  bool dry_run = false;
  hot::Options hot;
  std::function<void(std::int64_t entries)> on_total;
  std::function<void(std::int64_t entries)> on_done;  // that many more
  std::function<bool()> stop;                         // asked between entries
};

struct Count {
  std::int64_t filled = 0;  // in a dry run: would be
  std::int64_t there = 0;   // already
};

struct Report {
  Count ranking, authors, readers;
  std::int64_t failed = 0;  // entries that could be neither read nor filled
  bool lists = false;       // there is a shared cache, and the counts are of it
  bool told = false;        // every serve, to bring readers into its memory
  bool stopped = false;
};

Report run(store::Database& database, cache::Cache& cache, const Options& options);

}  // namespace feedctl::warm
