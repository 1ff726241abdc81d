#pragma once
// A cache of the fragments that pages of the index consist of: posts as JSON with counts, authors,
// and the likes of readers.
//
// A fragment is loaded on first use, one statement for all waiting requests. The log keeps it
// exact. It is also reloaded every minute, because a repair changes counts without an event. A
// loaded fragment becomes visible once the index covers its snapshot, with the events that the
// snapshot lacks applied. Therefore likes, and the counts of likes and views, are exact.
//
// It owns one loading thread. Lookups are lock-free; all functions are thread-safe.
#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "concurrent/clock_cache.hpp"
#include "concurrent/worker_thread.hpp"
#include "feed/fragments.hpp"
#include "feed_index/feed_index.hpp"
#include "feed_index/index_updater.hpp"
#include "store/database.hpp"

namespace feedctl::feed {

class FragmentCache : public feed_index::LogListener {
 public:
  // Waits until the index covers a snapshot. False: the deadline passed.
  using WaitUntilCovered = std::function<bool(const events::PgSnapshot&, Deadline)>;

  // `database` and the captures of `wait_until_covered` must outlive it.
  FragmentCache(store::Database& database, std::size_t max_bytes,
                WaitUntilCovered wait_until_covered);
  ~FragmentCache() override;
  FragmentCache(const FragmentCache&) = delete;
  FragmentCache& operator=(const FragmentCache&) = delete;

  // Ends the thread, which calls `wait_until_covered`.
  void stop();

  void on_events(std::span<const events::Event> events) override;
  void on_gap() override;

  // -- readers
  static constexpr std::size_t max_page_size = 100;

  // The fragments of one page. It holds an epoch guard, so it must not live long.
  class PageFragments {
   public:
    // At most max_page_size items.
    PageFragments(FragmentCache& cache, Id user, std::span<const feed_index::Item> items);
    bool is_complete() const { return is_complete_; }  // all fragments are cached
    std::string etag(std::optional<Id> next) const;    // see page_etag.hpp
    void append_array(std::string& out) const;

   private:
    struct ItemFragments {
      const PostFragment* post;
      const AuthorFragment* author;
      std::int64_t like_count, view_count;
      bool is_liked;
    };
    concurrent::EpochReclaimer::Guard guard_;
    std::array<ItemFragments, max_page_size> items_;
    std::size_t count_ = 0;
    bool is_complete_ = true;
  };

  // Loads the missing fragments of a page. Never throws: fragments that fail to load stay missing.
  void load(Id user, std::span<const feed_index::Item> items, Deadline deadline);

  struct Size {
    std::size_t posts = 0, authors = 0, readers = 0, bytes = 0;
  };
  Size size() const;

 private:
  struct Missing {
    std::unordered_set<Id> posts, readers;
    bool empty() const { return posts.empty() && readers.empty(); }
  };
  struct Loaded;

  Missing find_missing(Id user, std::span<const feed_index::Item> items) const;
  void run();
  void load_batch(const Missing& missing);
  Loaded read_batch(const Missing& missing);
  void install(Loaded& loaded);
  void buffer_event(const events::Event& event);
  void clear_buffered_events();
  void apply_buffered_events(Loaded& loaded) const;
  void apply_event(const events::Event& event);
  void set_liked(Id user, Id post, bool likes);
  void schedule_refresh(const PostFragment& post);
  void export_metrics() const;

  store::Database& database_;
  const WaitUntilCovered wait_until_covered_;
  mutable concurrent::EpochReclaimer epochs_;
  concurrent::ClockCache<PostFragment> posts_;
  concurrent::ClockCache<AuthorFragment> authors_;
  concurrent::ClockCache<LikeSet> like_sets_;

  std::mutex apply_mutex_;  // between the log's thread and install()
  bool is_loading_ = false;
  bool discard_load_ = false;  // the load in progress must not be installed
  std::vector<events::Event> events_during_load_;
  std::size_t buffered_changes_ = 0;  // of events_during_load_

  // The lock of thread_ guards what follows.
  std::condition_variable loaded_;
  Missing missing_;
  std::unordered_set<Id> to_refresh_;  // cached posts that are due
  std::uint64_t batch_number_ = 0, finished_batch_ = 0;
  concurrent::WorkerThread thread_;
};

}  // namespace feedctl::feed
