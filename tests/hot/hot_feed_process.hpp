#pragma once
// Stands for one `serve` process: a connection pool, a cache and a hot feed. Several share one
// database. The expected state is queried in SQL.
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

// new_redis() reserves a database of the tests' Redis; redis_cache() is a cache over it.
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

// Holds the lock of the aggregators until its destruction.
class AggregatorLock {
 public:
  explicit AggregatorLock(const support::FreshDatabase& fresh);

 private:
  store::Session session_;
};

using support::is_within;

// Options with that refresh window. With 0 every like shows at once.
hot::Options with_window(std::chrono::milliseconds time);

double recompute_count();

// The differences between hot_scores and the likes of its window; "": none.
std::string find_wrong_scores(const support::FreshDatabase& fresh);
// The ranking by definition: living posts of living authors by likes in the window, time and id.
std::vector<hot::RankedPost> expected_ranking(const support::FreshDatabase& fresh);
// Adds a like as Likes does, but made `age` (an interval) ago.
void add_like_with_age(const support::FreshDatabase& fresh, Id user, Id post,
                       const std::string& age);

}  // namespace feedctl::test
