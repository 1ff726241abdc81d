#pragma once
// Compares a sample of the pages from memory with the definition, in the background, by their
// etags.
//
// A page diverges if it differs three times while the definition does not change. A divergence is
// counted and logged with both lists. It owns one thread. Thread-safe.
#include <deque>

#include "concurrent/worker_thread.hpp"
#include "feed/feed_reader.hpp"
#include "feed/fragment_cache.hpp"
#include "feed_index/index_updater.hpp"

namespace feedctl::feed {

class ShadowCompare {
 public:
  struct PageKey {
    Id user;
    Id before;
    int limit;
  };

  // Compares `share` (0..1) of all pages. The references must outlive it.
  ShadowCompare(double share, store::Database& database, feed_index::IndexUpdater& updater,
                FragmentCache& fragments);

  // Queues an answered page if it is sampled. Drops it if the queue is full.
  void maybe_sample(const PageKey& key);

 private:
  struct ComparedPage;

  void run();
  void compare(const PageKey& key);
  ComparedPage page_from_definition(const PageKey& key);
  bool page_from_memory(const PageKey& key, const ComparedPage& definition, ComparedPage& result);

  const std::uint64_t sample_threshold_;
  store::Database& database_;
  feed_index::IndexUpdater& updater_;
  FragmentCache& fragments_;
  std::deque<PageKey> queue_;
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::feed
