#pragma once
// Where the newest snapshot comes from: this process's memory, the cache, or a refresh by whoever
// holds its lease (RELIABILITY 2d). While the shared cache is down a cache of this process stands
// in for it. Thread-safe.
#include <atomic>
#include <deque>
#include <mutex>
#include <string>

#include "base/error.hpp"
#include "cache/cache.hpp"
#include "cache/single_flight.hpp"
#include "hot/history.hpp"
#include "hot/hot.hpp"
#include "hot/snapshot.hpp"

namespace feedctl::hot {

// A snapshot that shows what was committed a window before `from`, and goes on doing so up to
// `until`.
struct Newest {
  SnapshotPtr snapshot;
  Deadline::Clock::time_point from, until;
};

// What a flight brought, if it is good enough for whoever asks now: those who join one that is
// already on its way may need something newer than it will bring.
template <typename Value, typename Compute>
std::optional<Value> current(cache::SingleFlight<Value>& flight, const std::string& key,
                             Deadline deadline, Compute&& compute) {
  const auto start = Deadline::Clock::now();
  for (;;) {
    auto value = flight.run(key, deadline, compute);
    if (!value || value->from >= start || start < value->until) return value;
  }
}

Error busy();

class Ranking {
 public:
  Ranking(store::Database& database, cache::Cache& cache, const Options& options);

  // Error(unavailable) where none could be had by `deadline`.
  Newest newest(Deadline deadline);
  // Whether the cache has a current one; changes nothing.
  bool cached();
  // How many were computed here.
  std::uint64_t computed() const { return computed_; }
  // A snapshot that newest() gave out a while ago, or nullptr.
  SnapshotPtr earlier(Time as_of, std::size_t rank, Id id_at_rank);
  void mark_dirty(bool drop_body);
  // From now on a like shows within this time; what is kept was good for the one before.
  void refresh_window(std::chrono::milliseconds window);
  // How often it was marked: what was asked before the last mark may lack what that was for.
  std::uint64_t marks() const { return marks_; }

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

  using Found = std::optional<Newest>;

  Found kept();
  Asked ask();
  Newest fetch(Deadline deadline);
  Found fetch_from(cache::Cache& cache, Deadline deadline);
  Found use(cache::Cache& cache, const cache::RankingRead& read, const Asked& asked,
            Deadline deadline);
  Newest refresh(cache::Cache& cache, const std::string& token, const Asked& asked,
                 Deadline deadline);
  Computed compute(Deadline deadline);
  std::chrono::milliseconds lease();
  std::optional<std::chrono::milliseconds> without_news(const Snapshot& snapshot,
                                                        std::chrono::milliseconds age,
                                                        const Asked& asked);
  Newest keep(SnapshotPtr snapshot, const Asked& asked, std::chrono::milliseconds age);

  store::Database& database_;
  cache::Cache& cache_;
  const std::unique_ptr<cache::Cache> stand_in_;  // none beside a cache that is never down
  const Options options_;
  std::atomic<std::chrono::milliseconds> window_;
  const std::string key_, lock_key_;
  metrics::Counter& recomputes_;
  metrics::Counter& waits_;
  cache::SingleFlight<Newest> flight_;
  std::atomic<std::uint64_t> marks_{0}, computed_{0};

  std::mutex mutex_;
  Newest kept_;
  std::deque<std::chrono::milliseconds> recent_;  // how long the last refreshes took
  std::uint64_t drops_ = 0;
  std::string quiet_position_;  // of the log: nothing was newer at quiet_at_
  Clock::time_point quiet_at_;
  History history_;
};

}  // namespace feedctl::hot
