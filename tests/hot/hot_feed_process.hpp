#pragma once
// Processes that share one database, as several `serve` do, each with its pool, its cache and its
// hot feed; the truth is asked in SQL.
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "hot/hot_feed.hpp"
#include "hot/ranking_snapshot.hpp"
#include "likes/likes.hpp"
#include "metrics/metrics.hpp"
#include "posts/posts.hpp"
#include "support/blocking_likes.hpp"
#include "support/fresh_database.hpp"
#include "support/keyless_posts.hpp"
#include "support/stopwatch.hpp"

namespace feedctl::hot {

inline std::ostream& operator<<(std::ostream& out, const RankedPost& ranked) {
  return out << ranked.id << ':' << ranked.score;
}

}  // namespace feedctl::hot

namespace feedctl::test {

// The cache of the tests' Redis: every call a database of its own, but for the same `number`.
int new_redis();
std::unique_ptr<cache::Cache> redis_cache(int number);

class HotFeedProcess {
 public:
  HotFeedProcess(const support::FreshDatabase& fresh, std::unique_ptr<cache::Cache> with,
                 hot::Options options = {});

  hot::Page page(int limit = 1000, const std::optional<std::string>& cursor = std::nullopt);
  std::vector<hot::RankedPost> ranking();
  std::vector<Id> ids();
  Id add_post() { return posts.create(std::nullopt, "").id; }
  void like(Id user, Id post) { likes.like(user, post); }
  void unlike(Id user, Id post) { likes.unlike(user, post); }

  store::Database database;
  std::unique_ptr<cache::Cache> cache;
  CursorSigner cursors{Secret<std::string>("a key for cursors in tests")};
  hot::HotFeed feed;
  support::KeylessPosts posts;
  support::BlockingLikes likes;
};

// Holds the lock that aggregators take, until it goes.
class AggregatorLock {
 public:
  explicit AggregatorLock(const support::FreshDatabase& fresh);

 private:
  store::Session session_;
};

using support::is_within;

// Options with that window, for tests that want every like to show at once by 0.
hot::Options with_window(std::chrono::milliseconds time);

double recompute_count();

// What differs between hot_scores and the likes of the window that it counts: "" where nothing
// does.
std::string find_wrong_scores(const support::FreshDatabase& fresh);
// Living posts of living authors by likes since hot's window began, time and id, from the truth.
std::vector<hot::RankedPost> expected_ranking(const support::FreshDatabase& fresh);
// A like made `age` ago (an interval), written as likes write theirs.
void add_like_with_age(const support::FreshDatabase& fresh, Id user, Id post,
                       const std::string& age);

}  // namespace feedctl::test
