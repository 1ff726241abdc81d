#include "hot_feed_process.hpp"

#include <atomic>
#include <sstream>

#include "cache/redis_cache.hpp"
#include "support/database_options.hpp"
#include "support/test_servers.hpp"

namespace feedctl::test {
namespace {

store::Options options_of(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  // This machine may be busy with more than these tests.
  return options;
}

}  // namespace

int new_redis() {
  static std::atomic<int> count{0};
  return count++;
}

std::unique_ptr<cache::Cache> redis_cache(int number) {
  redis::PoolOptions options;
  options.url = support::redis_url(number);
  options.timeout = std::chrono::seconds{10};
  return cache::make_redis_cache(options);
}

HotFeedProcess::HotFeedProcess(const support::FreshDatabase& fresh,
                               std::unique_ptr<cache::Cache> with, hot::Options options)
    : database(options_of(fresh)),
      cache(std::move(with)),
      feed(database, *cache, cursors, options),
      posts(database, {[this] { feed.mark_dirty(true); }}),
      likes(database, {[this] { feed.mark_dirty(false); }}) {}

hot::Page HotFeedProcess::page(int limit, const std::optional<std::string>& cursor) {
  return feed.get_page(limit, cursor, std::nullopt, Deadline::after(std::chrono::seconds(20)));
}

std::vector<hot::RankedPost> HotFeedProcess::ranking() {
  std::vector<hot::RankedPost> out;
  for (const auto& [post, score] : page().posts) out.push_back({post.id, score});
  return out;
}

std::vector<Id> HotFeedProcess::ids() {
  std::vector<Id> out;
  for (const auto& [id, score] : ranking()) out.push_back(id);
  return out;
}

AggregatorLock::AggregatorLock(const support::FreshDatabase& fresh) : session_(options_of(fresh)) {
  session_.run(
      store::Query{"test/hot_lock", "SELECT pg_advisory_lock(hashtextextended('feedctl.hot', 0))"});
}

hot::Options with_window(std::chrono::milliseconds time) {
  hot::Options options;
  options.refresh_window = time;
  return options;
}

double recompute_count() {
  return metrics::counter("feedctl_hot_recomputes_total", "").value();
}

std::string find_wrong_scores(const support::FreshDatabase& fresh) {
  return fresh.execute(R"(
    WITH truth AS (
      SELECT l.post_id, count(*) AS score FROM likes l JOIN post_likes USING (post_id)
      WHERE l.created_at > (SELECT window_start FROM hot_state) GROUP BY l.post_id)
    SELECT coalesce(string_agg(post_id || ': ' || coalesce(h.score::text, 'none') || ' instead of '
                               || coalesce(t.score::text, 'none'), ', '), '')
    FROM truth t FULL JOIN hot_scores h USING (post_id)
    WHERE t.score IS DISTINCT FROM h.score)");
}

std::vector<hot::RankedPost> expected_ranking(const support::FreshDatabase& fresh) {
  std::istringstream rows(fresh.execute(R"(
    SELECT string_agg(id || ' ' || score, ' ' ORDER BY score DESC, created_at DESC, id DESC)
    FROM (SELECT p.id, p.created_at, (SELECT count(*) FROM likes l WHERE l.post_id = p.id
                  AND l.created_at > (SELECT window_start FROM hot_state)) AS score
          FROM posts p LEFT JOIN users u ON u.id = p.author_id
          WHERE p.deleted_at IS NULL
            AND (p.author_id IS NULL OR (u.id IS NOT NULL AND u.deleted_at IS NULL))) ranked)"));
  std::vector<hot::RankedPost> out;
  for (hot::RankedPost row{}; rows >> row.id >> row.score;) out.push_back(row);
  return out;
}

void add_like_with_age(const support::FreshDatabase& fresh, Id user, Id post,
                       const std::string& age) {
  const auto post_id = std::to_string(post);
  fresh.execute(
      "WITH p AS MATERIALIZED (SELECT post_id FROM post_likes WHERE post_id = " + post_id +
      " FOR UPDATE), l AS (INSERT INTO likes (user_id, post_id, created_at) SELECT " +
      std::to_string(user) + ", post_id, clock_timestamp() - interval '" + age +
      "' FROM p ON CONFLICT DO NOTHING RETURNING *), "
      "c AS (UPDATE post_likes c SET like_count = like_count + 1 FROM l "
      "WHERE c.post_id = l.post_id) "
      "INSERT INTO events (type, shard, actor, object, liked_at) "
      "SELECT 1, 0, user_id, post_id, created_at FROM l");
}

}  // namespace feedctl::test
