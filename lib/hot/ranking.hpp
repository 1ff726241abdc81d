#pragma once
// The source of the newest ranking: this process's memory, the shared cache, or a refresh by the
// holder of its lease. While the shared cache is down, a cache of this process replaces it.
// Thread-safe.
#include <atomic>
#include <deque>
#include <mutex>
#include <string>

#include "base/error.hpp"
#include "cache/cache.hpp"
#include "concurrent/single_flight.hpp"
#include "hot/hot_feed.hpp"
#include "hot/ranking_snapshot.hpp"
#include "hot/snapshot_history.hpp"

namespace feedctl::hot {

// A snapshot with all commits up to a window before `valid_from`; current up to `valid_until`.
struct RankingWithValidity {
  RankingSnapshotPtr snapshot;
  Deadline::Clock::time_point valid_from, valid_until;
};

// Runs single flights until one returns a value that is fresh for this caller: a flight that was
// already running when it joined may return an older value.
template <typename Value, typename Compute>
std::optional<Value> run_until_fresh(concurrent::SingleFlight<Value>& flight,
                                     const std::string& key, Deadline deadline, Compute&& compute) {
  const auto start = Deadline::Clock::now();
  for (;;) {
    auto value = flight.run(key, deadline, compute);
    if (!value || value->valid_from >= start || start < value->valid_until) return value;
  }
}

// Error(unavailable) with a Retry-After.
Error busy();

class Ranking {
 public:
  Ranking(store::Database& database, cache::Cache& cache, const Options& options);

  // Error(unavailable) if there is none by `deadline`.
  RankingWithValidity newest(Deadline deadline);
  // Whether the cache has a current ranking; changes nothing.
  bool is_cached();
  // The number of rankings that this process has computed.
  std::uint64_t computed_count() const { return computed_count_; }
  // A snapshot that newest() returned earlier, or nullptr.
  RankingSnapshotPtr find_snapshot(Time as_of, std::size_t rank, Id id_at_rank);
  void mark_dirty(bool drop_body);
  // Changes the window, and drops the copy in the process, which was valid for the old one.
  void set_refresh_window(std::chrono::milliseconds window);
  // The number of marks so far: a lookup from before the last mark may lack the change behind it.
  std::uint64_t dirty_marks() const { return dirty_marks_; }

 private:
  using Clock = Deadline::Clock;

  // The time and the drop generation at the start of a lookup.
  struct LookupContext {
    Clock::time_point started_at;
    std::uint64_t drop_generation;
  };
  struct Computed {
    RankingSnapshotPtr snapshot;
    bool is_current;  // false: the scores are behind
  };

  using MaybeRanking = std::optional<RankingWithValidity>;

  MaybeRanking cached_in_process();
  LookupContext begin_lookup();
  RankingWithValidity fetch(Deadline deadline);
  MaybeRanking fetch_from(cache::Cache& cache, Deadline deadline);
  MaybeRanking apply_lookup(cache::Cache& cache, const cache::RankingLookup& read,
                            const LookupContext& context, Deadline deadline);
  RankingWithValidity refresh(cache::Cache& cache, const std::string& token,
                              const LookupContext& context, Deadline deadline);
  Computed compute(Deadline deadline);
  std::chrono::milliseconds lease_duration();
  std::optional<std::chrono::milliseconds> age_if_log_unchanged(const RankingSnapshot& snapshot,
                                                                std::chrono::milliseconds age,
                                                                const LookupContext& context);
  RankingWithValidity cache_in_process(RankingSnapshotPtr snapshot, const LookupContext& context,
                                       std::chrono::milliseconds age);

  store::Database& database_;
  cache::Cache& cache_;
  const std::unique_ptr<cache::Cache> fallback_cache_;  // nullptr if the cache is never down
  const Options options_;
  std::atomic<std::chrono::milliseconds> refresh_window_;
  const std::string key_, lock_key_;
  metrics::Counter& recomputes_;
  metrics::Counter& behind_;
  metrics::Counter& waits_;
  concurrent::SingleFlight<RankingWithValidity> single_flight_;
  std::atomic<std::uint64_t> dirty_marks_{0}, computed_count_{0};

  std::mutex mutex_;
  RankingWithValidity cached_;
  std::deque<std::chrono::milliseconds> recent_durations_;  // of the last refreshes
  std::uint64_t drop_generation_ = 0;
  std::string unchanged_position_;  // the log had nothing newer at unchanged_at_
  Clock::time_point unchanged_at_;
  SnapshotHistory history_;
};

}  // namespace feedctl::hot
