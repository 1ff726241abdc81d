#include "seed/seed_fixture.hpp"

#include "support/catch.hpp"
#include "support/database_options.hpp"

namespace feedctl::test {

seed::Shape shape_of(std::uint64_t number, Time end) {
  return {users, posts, follows, likes, number, end};
}

store::Options owner_of(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.owner_url();
  options.application_name = "feedctl.seed";
  options.statement_timeout = std::chrono::milliseconds{0};
  return options;
}

seed::BulkOptions small_parts() {
  seed::BulkOptions options;
  options.active_days = 3;
  options.fan_out_on_read_above = 150;
  options.rows_per_partition = 2000;
  return options;
}

std::string digest(const support::FreshDatabase& fresh, const std::string& table,
                   const std::string& order) {
  return fresh.execute("SELECT md5(string_agg(t::text, ';' ORDER BY " + order + ")) FROM " + table +
                       " t");
}

std::string world_of(const support::FreshDatabase& fresh) {
  return digest(fresh, "users", "id") + digest(fresh, "follows", "follower_id, followee_id") +
         digest(fresh, "posts", "id") + digest(fresh, "likes", "id") +
         digest(fresh, "user_stats", "user_id") + digest(fresh, "post_likes", "post_id") +
         digest(fresh, "user_feed", "user_id, post_id") + digest(fresh, "feed_state", "user_id") +
         digest(fresh, "post_views", "post_id") + digest(fresh, "pages", "id") +
         digest(fresh, "contents", "id") + digest(fresh, "page_contents", "id") +
         fresh.execute("SELECT string_agg(author_id::text, ',' ORDER BY author_id) FROM feed_pull");
}

std::string indexes_of(const support::FreshDatabase& fresh) {
  return fresh.execute(
      "SELECT string_agg(indexdef, ';' ORDER BY indexdef) FROM pg_indexes WHERE tablename IN "
      "('users', 'user_stats', 'follows', 'posts', 'post_likes', 'post_views', 'likes')");
}

void check_counters(const support::FreshDatabase& fresh) {
  CHECK(fresh.execute("SELECT count(*) FROM user_stats s WHERE followers <> (SELECT count(*) FROM "
                      "follows WHERE followee_id = s.user_id) OR following <> (SELECT count(*) "
                      "FROM follows WHERE follower_id = s.user_id)") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM post_likes p WHERE like_count <> (SELECT count(*) FROM "
                      "likes WHERE post_id = p.post_id)") == "0");
  CHECK(fresh.execute("SELECT (SELECT count(*) FROM posts) = (SELECT count(*) FROM post_likes) AND "
                      "(SELECT count(*) FROM users) = (SELECT count(*) FROM user_stats)") == "t");
}

}  // namespace feedctl::test
