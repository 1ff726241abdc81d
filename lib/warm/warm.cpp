#include "warm/warm.hpp"

#include <thread>
#include <vector>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "feed/feed.hpp"
#include "posts/posts.hpp"
#include "sql/warm.hpp"

namespace feedctl::warm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int page = 50;

class Warming {
 public:
  Warming(store::Database& database, cache::Cache& cache, const Options& options)
      : database_(database),
        cache_(cache),
        options_(options),
        session_(database.options()),
        hot_(database, cache, cursors_, options.hot),
        posts_(database, {{}, &cache}),
        authors_(&cache),
        lists_(&cache) {
    if (!session_.run(sql::warm::lock).only().boolean(0)) {
      throw Error(ErrorCode::lock_held, "another warm-cache is running on this database")
          .with_hint("wait for it to end, or stop it");
    }
  }

  Report run() {
    report_.lists = cache_.shared();
    if (report_.lists) fill_cache();
    if (!options_.dry_run && !report_.stopped && options_.readers > 0) {
      database_.command(sql::warm::tell_servers, store::params(options_.readers));
      report_.told = true;
    }
    return report_;
  }

 private:
  void fill_cache() {
    const auto authors = ids(sql::warm::authors_of_newest, options_.posts);
    const auto readers = ids(sql::warm::active_readers, options_.readers);
    if (options_.on_total) {
      options_.on_total(static_cast<std::int64_t>(1 + authors.size() + readers.size()));
    }
    warm(report_.ranking, hot::ranking_key(options_.hot), [&] {
      if (options_.dry_run) return !hot_.warmed();
      return hot_.warm(Deadline::after(std::chrono::seconds(30)));
    });
    for (const auto author : authors) {
      warm(report_.authors, posts::list_key(author), [&] {
        if (authors_.current(author)) return false;
        if (!options_.dry_run) posts_.of_author(author, posts::newest, page, std::nullopt);
        return true;
      });
    }
    for (const auto reader : readers) {
      warm(report_.readers, feed::list_key(reader), [&] {
        if (lists_.current(reader)) return false;
        if (!options_.dry_run) fill_list(reader);
        return true;
      });
    }
  }

  std::vector<Id> ids(const store::Query& query, int most) {
    std::vector<Id> ids;
    if (most == 0) return ids;
    for (const auto row : database_.read(query, store::params(most))) ids.push_back(row.integer(0));
    return ids;
  }

  // `fill`: false where there was nothing to fill. An entry that cannot be made holds up no other.
  template <typename Fill>
  void warm(Count& count, const std::string& key, Fill&& fill) {
    if (report_.stopped || (options_.stop && options_.stop())) {
      report_.stopped = true;
      return;
    }
    pace();
    try {
      ++(fill() ? count.filled : count.there);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::unavailable && !cache_.available()) throw;
      if (error.code() != ErrorCode::not_found) {  // else it has left meanwhile
        ++report_.failed;
        log::warning("could not warm an entry", {{"key", key}, {"error", error.what()}});
      }
    }
    if (options_.on_done) options_.on_done(1);
  }

  // As a reader would, but without being taken for one.
  void fill_list(Id reader) {
    const auto asked = lists_.read(reader);
    if (asked.token.empty()) return;
    const auto rows = feed::read_rows(database_, reader, page, feed::rows_a_list);
    if (rows.list) lists_.fill(reader, asked.token, *rows.list);
  }

  void pace() {
    if (options_.rate <= 0) return;
    std::this_thread::sleep_until(next_);
    next_ = std::max(next_, Clock::now()) + std::chrono::microseconds(1000000 / options_.rate);
  }

  store::Database& database_;
  cache::Cache& cache_;
  const Options& options_;
  store::Session session_;
  CursorSigner cursors_;
  hot::Feed hot_;
  posts::Posts posts_;
  posts::AuthorLists authors_;
  feed::Lists lists_;
  Report report_;
  Clock::time_point next_{};
};

}  // namespace

Report run(store::Database& database, cache::Cache& cache, const Options& options) {
  if (cache.shared() && !cache.available()) {
    throw Error(ErrorCode::unavailable, "redis does not answer")
        .with_hint("look at redis.url, and whether the server runs")
        .with_detail(cache.trouble().why);
  }
  return Warming(database, cache, options).run();
}

}  // namespace feedctl::warm
