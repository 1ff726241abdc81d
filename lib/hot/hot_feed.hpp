#pragma once
// The hot feed: living posts by their likes of the last 24 hours, then by time and id. All pages
// come from one ranking snapshot in the cache, with a short-lived copy in the process. A like shows
// within `refresh_window`. All processes that share the cache refresh it at most once a window.
// Thread-safe.
//
// Errors: invalid_argument "invalid cursor"; unavailable if the database does not answer.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cursor_signer.hpp"
#include "cache/cache.hpp"
#include "concurrent/single_flight.hpp"
#include "hot/page_cache.hpp"
#include "hot/page_refresher.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::hot {

struct Options {
  std::chrono::milliseconds refresh_window{1000};  // 0: the next read after a like refreshes
  std::chrono::milliseconds ttl{60000};            // with a jitter of 15 %
  // Readers wait at most this long for a refresher that crashed.
  std::chrono::milliseconds max_lease_duration{3000};
  int max_posts = 1000;  // of the snapshot
};

struct ScoredPost {
  posts::Post post;
  std::int64_t score = 0;
};

struct Page {
  std::vector<ScoredPost> posts;  // as many as requested, except at the end
  Time as_of;
  std::optional<std::string> next_cursor;  // nullopt at the true end
};

// The cache key of the ranking.
std::string ranking_key(const Options& options);

class Ranking;

class HotFeed {
 public:
  // All three must outlive this object.
  HotFeed(store::Database& database, cache::Cache& cache, const CursorSigner& cursors,
          Options options);
  ~HotFeed();

  // The first page, or the page after `cursor`. That comes from the cursor's snapshot if this
  // process still has it, else from the same rank in the newest one.
  Page get_page(int limit, const std::optional<std::string>& cursor, std::optional<Id> actor,
                Deadline deadline);

  // The first page without an actor, as bytes. Never waits. nullptr if there is none, or if the
  // next one is worth a short wait in get_first_page(). If that one is late, for example because
  // the database is down, it returns the last page, marked as stale.
  CachedPagePtr try_get_first_page(int limit);
  // The same, but builds the page if needed, once for all concurrent callers. While the last page
  // may still be shown, callers wait only a short time, then get it, marked as stale.
  CachedPagePtr get_first_page(int limit, Deadline deadline);
  // The last page, marked as stale; nullptr if there is none, or if it is too old to show.
  CachedPagePtr get_stale_first_page(int limit);

  // Computes the ranking if the cache has no current one, and returns whether it did. Throws as
  // get_page().
  bool warm(Deadline deadline);
  // Whether the shared cache has a current ranking; changes nothing.
  bool is_warm();

  // Call it after the commit of a like or unlike; with `drop_body` after the delete of a post,
  // which must not be shown any more. Never throws.
  void mark_dirty(bool drop_body);
  // Changes Options::refresh_window at run time.
  void set_refresh_window(std::chrono::milliseconds window);
  // Adds the new events of the log to the scores, so that the next refresh has little to do. False
  // if another process is doing it. Throws as get_page().
  bool aggregate_scores();

 private:
  // The page contains all commits up to a window before `valid_from`, and is current up to
  // `valid_until`.
  struct FreshPage {
    CachedPagePtr page;
    Deadline::Clock::time_point valid_from, valid_until;
  };
  FreshPage build_first_page(int limit, Deadline deadline);
  CachedPagePtr compute_first_page(int limit, Deadline deadline);

  store::Database& database_;
  const CursorSigner& cursors_;
  const std::chrono::milliseconds max_stale_age_;
  std::unique_ptr<Ranking> ranking_;
  PageCache page_cache_;
  concurrent::SingleFlight<FreshPage> single_flight_;
  PageRefresher page_refresher_;  // last: its threads use the members above
};

// Recomputes the scores from the likes, under the aggregator's lock: the repair. SqlError 55P03 if
// another process held the lock for too long.
void recompute_scores(store::Database& database);

}  // namespace feedctl::hot
