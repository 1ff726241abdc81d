#pragma once
// The hot feed: living posts by their likes of the last 24 hours, then by time and id. One ranked
// snapshot serves every page; it is kept in the cache and, for moments, in the process. A like
// shows within `refresh_window` and costs at most one refresh a window, over all processes that
// share the cache. Thread-safe.
//
// Errors: invalid_argument "invalid cursor"; unavailable where the database does not answer.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cursor.hpp"
#include "cache/cache.hpp"
#include "cache/single_flight.hpp"
#include "hot/beside.hpp"
#include "hot/ready.hpp"
#include "posts/posts.hpp"
#include "store/database.hpp"

namespace feedctl::hot {

struct Options {
  std::chrono::milliseconds refresh_window{1000};  // 0: the next read after a like refreshes
  std::chrono::milliseconds ttl{60000};            // give or take 15 %
  std::chrono::milliseconds lease{3000};           // how long a refresher that died is waited for
  int size = 1000;                                 // of the snapshot, at most that
};

struct ScoredPost {
  posts::Post post;
  std::int64_t score = 0;
};

struct Page {
  std::vector<ScoredPost> posts;  // as many as asked for, but at the end
  Time as_of;
  std::optional<std::string> next_cursor;  // nullopt at the true end
};

// Where the ranking stands in the cache.
std::string ranking_key(const Options& options);

class Ranking;

class Feed {
 public:
  // All three must outlive it.
  Feed(store::Database& database, cache::Cache& cache, const CursorSigner& cursors,
       Options options);
  ~Feed();

  // The first page, or the one behind `cursor`: of the same snapshot while this process has it,
  // else behind its rank in the newest one.
  Page page(int limit, const std::optional<std::string>& cursor, std::optional<Id> actor,
            Deadline deadline);

  // The first page for nobody in particular, as bytes: from memory, without ever waiting. nullptr
  // where there is none, or where it is worth to wait a moment for the next one, by first_page().
  // Where that one is late, as while the database stands still, the last page is given, as stale.
  ReadyPtr ready(int limit);
  // The same, made anew where that is needed: once however many ask at a time. Where the last page
  // may still be shown nobody waits long for the next: it is given, as stale.
  ReadyPtr first_page(int limit, Deadline deadline);
  // The last page that was shown, as stale; nullptr where there is none, or it is too old to show.
  ReadyPtr last_page(int limit);

  // Computes the ranking where the cache has none that readers would take: true where that was so.
  // Throws as page().
  bool warm(Deadline deadline);
  // Whether the shared cache has a ranking that readers would take; changes nothing.
  bool warmed();

  // To be called after the commit of a like or unlike, and with `drop_body` after that of what must
  // not be shown any more. Never throws.
  void mark_dirty(bool drop_body);
  // Changes Options::refresh_window while it serves.
  void refresh_window(std::chrono::milliseconds window);
  // Adds up what the log has brought since, so that the next refresh finds little to do. Only
  // tries: false where another one is at it. Throws as page().
  bool aggregate();

 private:
  // Shows what was committed a window before `from`, and goes on doing so up to `until`.
  struct Made {
    ReadyPtr page;
    Deadline::Clock::time_point from, until;
  };
  Made make(int limit, Deadline deadline);
  ReadyPtr made_here(int limit, Deadline deadline);

  store::Database& database_;
  const CursorSigner& cursors_;
  const std::chrono::milliseconds longest_shown_;
  std::unique_ptr<Ranking> ranking_;
  ReadyPages ready_;
  cache::SingleFlight<Made> flight_;
  Beside beside_;  // last: it uses the others
};

// Counts the scores anew from the likes, under the aggregator's lock: the repair. SqlError 55P03
// where another one held the lock for too long.
void recompute_scores(store::Database& database);

}  // namespace feedctl::hot
