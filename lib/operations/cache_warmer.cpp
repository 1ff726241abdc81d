#include "operations/cache_warmer.hpp"

#include <algorithm>
#include <span>
#include <thread>
#include <vector>

#include "base/cursor_signer.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "feed/feed_reader.hpp"
#include "posts/posts.hpp"
#include "sql/warm.hpp"
#include "store/advisory_lock.hpp"

namespace feedctl::operations {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int page_size = 50;
constexpr std::size_t totals_per_call = 100;

class CacheWarmer {
 public:
  CacheWarmer(store::Database& database, cache::Cache& cache, const CacheWarmerOptions& options)
      : database_(database),
        cache_(cache),
        options_(options),
        lock_(database.options(), sql::warm::lock, "another warm-cache is running on this database",
              "wait for it to end, or stop it"),
        hot_feed_(database, cache, cursors_, options.hot),
        posts_(database, {{}, &cache}),
        author_lists_(&cache),
        reader_lists_(&cache) {}

  CacheWarmerReport run() {
    report_.has_shared_cache = cache_.is_shared();
    if (options_.warm_view_totals)
      viewed_posts_ = load_ids(sql::warm::newest_posts, options_.newest_posts);
    if (report_.has_shared_cache) fill_cache();
    if (options_.warm_view_totals) fill_view_totals();
    if (!options_.dry_run && !report_.stopped && options_.max_readers > 0) {
      database_.execute(sql::warm::tell_servers, store::params(options_.max_readers));
      report_.servers_notified = true;
    }
    return report_;
  }

 private:
  void fill_cache() {
    const auto authors = load_ids(sql::warm::authors_of_newest, options_.newest_posts);
    const auto readers = load_ids(sql::warm::active_readers, options_.max_readers);
    if (options_.on_total) {
      options_.on_total(
          static_cast<std::int64_t>(1 + authors.size() + readers.size() + viewed_posts_.size()));
    }
    warm_entry(report_.ranking, hot::ranking_key(options_.hot), [&] {
      if (options_.dry_run) return !hot_feed_.is_warm();
      return hot_feed_.warm(Deadline::after(std::chrono::seconds(30)));
    });
    for (const auto author : authors) {
      warm_entry(report_.authors, posts::list_key(author), [&] {
        if (author_lists_.is_fresh(author)) return false;
        if (!options_.dry_run) posts_.of_author(author, posts::max_id, page_size, std::nullopt);
        return true;
      });
    }
    for (const auto reader : readers) {
      warm_entry(report_.readers, feed_materialized::first_page_key(reader), [&] {
        if (reader_lists_.is_fresh(reader)) return false;
        if (!options_.dry_run) store_reader_list(reader);
        return true;
      });
    }
  }

  void fill_view_totals() {
    report_.view_totals.emplace();
    for (std::span<const Id> left(viewed_posts_); !left.empty() && !should_stop();) {
      const auto posts = left.first(std::min(left.size(), totals_per_call));
      left = left.subspan(posts.size());
      warm_totals(posts);
    }
  }

  void warm_totals(std::span<const Id> posts) {
    const auto count = static_cast<std::int64_t>(posts.size());
    throttle(count);
    try {
      const auto warmed = options_.warm_view_totals(posts, options_.dry_run);
      report_.view_totals->filled += warmed.filled;
      report_.view_totals->already_cached += warmed.already_cached;
    } catch (const Error& error) {
      report_.failed += count;
      log::warning("could not warm totals of views", {{"posts", count}, {"error", error.what()}});
    }
    if (options_.on_progress) options_.on_progress(count);
  }

  std::vector<Id> load_ids(const store::Query& query, int max_count) {
    std::vector<Id> ids;
    if (max_count == 0) return ids;
    for (const auto row : database_.read(query, store::params(max_count)))
      ids.push_back(row.integer(0));
    return ids;
  }

  bool should_stop() {
    if (options_.should_stop && options_.should_stop()) report_.stopped = true;
    return report_.stopped;
  }

  // `fill` returns false if the entry was cached already. A failed entry does not stop the others.
  template <typename Fill>
  void warm_entry(WarmedCount& count, const std::string& key, Fill&& fill) {
    if (should_stop()) return;
    throttle(1);
    try {
      ++(fill() ? count.filled : count.already_cached);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable && !cache_.is_available()) throw;
      if (error.code() != ErrorCode::not_found) {  // not_found: deleted meanwhile
        ++report_.failed;
        log::warning("could not warm an entry", {{"key", key}, {"error", error.what()}});
      }
    }
    if (options_.on_progress) options_.on_progress(1);
  }

  // As a read would, but without marking the reader as seen.
  void store_reader_list(Id reader) {
    const auto asked = reader_lists_.lookup(reader);
    if (asked.token.empty()) return;
    const auto rows = feed_materialized::read_materialized(database_, reader, page_size,
                                                           feed_materialized::first_page_rows);
    if (rows.first_page) reader_lists_.store(reader, asked.token, *rows.first_page);
  }

  void throttle(std::int64_t entries) {
    if (options_.max_entries_per_second <= 0) return;
    std::this_thread::sleep_until(next_);
    next_ = std::max(next_, Clock::now()) +
            entries * std::chrono::microseconds(1000000 / options_.max_entries_per_second);
  }

  store::Database& database_;
  cache::Cache& cache_;
  const CacheWarmerOptions& options_;
  store::AdvisoryLock lock_;
  CursorSigner cursors_;
  hot::HotFeed hot_feed_;
  posts::Posts posts_;
  posts::AuthorListCache author_lists_;
  feed_materialized::FirstPageCache reader_lists_;
  std::vector<Id> viewed_posts_;
  CacheWarmerReport report_;
  Clock::time_point next_{};
};

}  // namespace

CacheWarmerReport warm_cache(store::Database& database, cache::Cache& cache,
                             const CacheWarmerOptions& options) {
  if (cache.is_shared() && !cache.is_available()) {
    throw Error(ErrorCode::unavailable, "redis does not answer")
        .with_hint("look at redis.url, and whether the server runs")
        .with_detail(cache.last_failure().reason);
  }
  return CacheWarmer(database, cache, options).run();
}

}  // namespace feedctl::operations
