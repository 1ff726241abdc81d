// The plan of a page from rows must walk the rows by key and stop when the page is full, whatever
// the planner's statistics say.
#include <string>

#include "sql/feed.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using test::App;

namespace {

// 2,000 users who follow 50 each, 50,000 posts of the last 87 days, the rows of 200 users; two
// authors have fan-out on read.
constexpr const char* make_world = R"(
  INSERT INTO users (id, handle, shard) SELECT i, 'u' || i, 0 FROM generate_series(1, 2000) i;
  INSERT INTO follows SELECT u, 1 + (u * 7 + f * 39) % 2000 FROM generate_series(1, 2000) u,
    generate_series(1, 50) f WHERE 1 + (u * 7 + f * 39) % 2000 <> u;
  INSERT INTO posts (id, author_id, shard, text, image_id)
    SELECT feedctl_id_at(now() - i * interval '150 seconds'), 1 + i::bigint * 7919 % 2000, 0,
      repeat('x', 100), CASE WHEN i % 3 = 0 THEN i END
    FROM generate_series(1, 50000) i;
  INSERT INTO media (id, kind, subject_id, object_key, content_type, byte_count, width, height)
    SELECT image_id, 1, id, 'key', 'image/jpeg', 1000, 1600, 1200 FROM posts
    WHERE image_id IS NOT NULL;
  INSERT INTO post_likes SELECT id, 0 FROM posts;
  INSERT INTO likes (user_id, post_id)
    SELECT u, p.id FROM generate_series(1, 100) u, LATERAL (SELECT id FROM posts OFFSET u LIMIT 300) p;
  INSERT INTO feed_pull (author_id) SELECT followee_id FROM follows WHERE follower_id = 1 LIMIT 2;
  INSERT INTO feed_state (user_id, state) SELECT i, 2 FROM generate_series(1, 2000) i;
  INSERT INTO user_feed SELECT f.follower_id, p.id, p.author_id
    FROM follows f JOIN posts p ON p.author_id = f.followee_id WHERE f.follower_id <= 200;
)";

std::string plan_of(const App& app, Id user, const std::string& mode) {
  app.sql(
      "CREATE OR REPLACE FUNCTION explain_rows() RETURNS text LANGUAGE plpgsql SET "
      "plan_cache_mode = " +
      mode +
      " SET jit = off AS $f$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) "
      "EXECUTE rows(" +
      std::to_string(user) + ", 51, 0)' INTO plan; RETURN plan::text; END $f$");
  return app.sql("PREPARE rows AS " + std::string(sql::feed::rows.text) +
                 "; SELECT explain_rows()");
}

struct PlanStats {
  std::int64_t rows = 0;  // read from user_feed
  int partitions = 0, partitions_scanned = 0;
  std::vector<std::string> violations;
};

void collect_stats(const json::Value& node, PlanStats& reading) {
  const auto type = support::text_in(node, "Node Type");
  const std::string relation =
      node.find("Relation Name") == nullptr ? "" : support::text_in(node, "Relation Name");
  const bool small = relation == "feed_floor" || relation == "feed_pull" ||
                     relation == "post_views" || relation == "feed_state" ||
                     relation == "hidden_posts";
  // Any plan is fine for a partition without rows.
  const bool empty =
      relation.rfind("user_feed_", 0) == 0 && support::integer_in(node, "Actual Rows") == 0;
  if (type == "Seq Scan" && !small && !empty) reading.violations.push_back(type + " " + relation);
  if (type == "Hash Join" || type == "Merge Join") reading.violations.push_back(type);
  if (relation.rfind("user_feed_", 0) == 0) {
    const auto loops = support::integer_in(node, "Actual Loops");
    ++reading.partitions;
    if (loops > 0) ++reading.partitions_scanned;
    reading.rows += loops * support::integer_in(node, "Actual Rows");
  }
  if (node.find("Plans") != nullptr) {
    for (const auto& child : support::list_in(node, "Plans")) collect_stats(child, reading);
  }
}

void check_plan(const App& app) {
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    for (const Id user : {1, 2, 150}) {
      const auto text = plan_of(app, user, mode);
      INFO(mode << ", user " << user << ": " << text);
      const auto document = json::parse(text);
      const auto& root = support::member_in(support::items_of(document).at(0), "Plan");
      PlanStats reading;
      collect_stats(root, reading);
      CHECK(reading.violations == std::vector<std::string>{});
      CHECK(reading.partitions > 3);
      CHECK(reading.partitions_scanned < reading.partitions);
      CHECK(reading.rows <= 60);
      CHECK(support::integer_in(root, "Actual Rows") == 51);
    }
  }
}

}  // namespace

TEST_CASE("rows are read newest first and no further than needed, also before ANALYZE") {
  App app;
  app.sql(make_world);
  check_plan(app);
  app.sql("ANALYZE");
  check_plan(app);
}
