#pragma once
// Tracks the readers of the index. It records them in the database, so that rows are kept for them.
// It also warms the pages of recent readers, at the start and when warm-cache requests it.
//
// Both are best effort: no correct page needs them. It owns one thread. Thread-safe.
#include <vector>

#include "concurrent/recent_users.hpp"
#include "concurrent/worker_thread.hpp"
#include "feed/fragment_cache.hpp"
#include "feed_index/index_updater.hpp"

namespace feedctl::feed {

class ReaderTracker : public feed_index::LogListener {
 public:
  struct Options {
    bool materialize = true;    // workers keep rows for recorded readers
    int warm_readers = 10'000;  // readers warmed at the start
  };
  ReaderTracker(store::Database& database, Options options);

  // Starts the thread. Both must outlive it.
  void start(feed_index::IndexUpdater& updater, FragmentCache& fragments);
  // Ends the thread.
  void stop() { thread_.stop(); }
  // A page answered this user.
  void record_reader(Id user);

  void on_events(std::span<const events::Event> events) override;
  void on_gap() override {}

 private:
  void run(feed_index::IndexUpdater& updater, FragmentCache& fragments);
  void save_last_seen(const std::vector<std::int64_t>& users);
  void warm_readers(feed_index::IndexUpdater& updater, FragmentCache& fragments, int max_readers);

  store::Database& database_;
  const Options options_;
  concurrent::RecentUsers recently_noted_;

  std::vector<std::int64_t> pending_;
  int warm_requested_;  // number of readers to warm
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::feed
