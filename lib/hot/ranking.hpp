#pragma once
// Where the newest snapshot comes from: this process's memory, the cache, or a refresh by whoever
// holds its lease (RELIABILITY 2d). While the shared cache is down a cache of this process stands
// in for it. Thread-safe.
#include <atomic>
#include <mutex>
#include <string>

#include "cache/cache.hpp"
#include "cache/single_flight.hpp"
#include "hot/history.hpp"
#include "hot/hot.hpp"
#include "hot/snapshot.hpp"

namespace feedctl::hot {

class Ranking {
 public:
  Ranking(store::Database& database, cache::Cache& cache, const Options& options);

  // No older than the window allows; Error(unavailable) where none could be had by `deadline`.
  SnapshotPtr newest(Deadline deadline);
  // A snapshot that newest() gave out a while ago, or nullptr.
  SnapshotPtr earlier(Time as_of, std::size_t rank, Id id_at_rank);
  void mark_dirty(bool drop_body);

 private:
  using Clock = Deadline::Clock;

  // When the cache was asked, and how many drops there had been.
  struct Asked {
    Clock::time_point at;
    std::uint64_t drops;
  };
  struct Computed {
    SnapshotPtr snapshot;
    bool current;  // false: the scores could not be brought up to now
  };

  SnapshotPtr kept();
  Asked ask();
  SnapshotPtr fetch(Deadline deadline);
  SnapshotPtr fetch_from(cache::Cache& cache, Deadline deadline);
  SnapshotPtr use(cache::Cache& cache, const cache::RankingRead& read, const Asked& asked);
  SnapshotPtr refresh(cache::Cache& cache, const std::string& token, const Asked& asked);
  Computed compute();
  std::optional<std::chrono::milliseconds> without_news(const Snapshot& snapshot,
                                                        std::chrono::milliseconds age,
                                                        const Asked& asked);
  SnapshotPtr keep(SnapshotPtr snapshot, const Asked& asked, std::chrono::milliseconds age);

  store::Database& database_;
  cache::Cache& cache_;
  const std::unique_ptr<cache::Cache> stand_in_;  // none beside a cache that is never down
  const Options options_;
  const std::string key_, lock_key_;
  metrics::Counter& recomputes_;
  metrics::Counter& waits_;
  cache::SingleFlight<SnapshotPtr> flight_;
  std::atomic<std::uint64_t> marks_{0};

  std::mutex mutex_;
  SnapshotPtr kept_;
  Clock::time_point kept_until_;
  std::uint64_t drops_ = 0;
  std::string quiet_position_;  // of the log: nothing was newer at quiet_at_
  Clock::time_point quiet_at_;
  History history_;
};

}  // namespace feedctl::hot
