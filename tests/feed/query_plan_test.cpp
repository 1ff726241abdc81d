// The plan of the defining query must be one index scan per followed author, whatever the planner's
// statistics say, and the images of its posts by their key. The load of the feed index must find
// deleted authors in their small index alone.
#include <algorithm>
#include <string>

#include "sql/feed.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using test::App;

namespace {

constexpr const char* seed_small_world = R"(
  INSERT INTO users (id, handle, shard) SELECT i, 'u' || i, 0 FROM generate_series(1, 600) i;
  INSERT INTO follows SELECT u, f FROM generate_series(1, 40) u, generate_series(41, 600) f
    WHERE f <= 40 + CASE u WHEN 1 THEN 10 WHEN 2 THEN 500 ELSE 100 END;
  INSERT INTO posts (id, author_id, shard, text, image_id)
    SELECT i * 4096, 41 + (i * 7919) % 560, 0, repeat('x', 100), CASE WHEN i % 3 = 0 THEN i END
    FROM generate_series(1, 20000) i;
  INSERT INTO media (id, kind, subject_id, object_key, content_type, byte_count, width, height)
    SELECT image_id, 1, id, 'key', 'image/jpeg', 1000, 1600, 1200 FROM posts
    WHERE image_id IS NOT NULL;
  INSERT INTO post_likes SELECT id, 0 FROM posts;
  INSERT INTO likes (user_id, post_id)
    SELECT DISTINCT u, (u * 31 + i * 977) % 20000 * 4096 + 4096
    FROM generate_series(1, 600) u, generate_series(1, 60) i;
)";

std::string plan_of(const App& app, Id user, const std::string& mode) {
  const std::string arguments = "(" + std::to_string(user) + ", 9223372036854775807, 51)";
  // EXPLAIN as JSON returns the plan as one row.
  app.sql(
      "CREATE OR REPLACE FUNCTION explain_feed() RETURNS text LANGUAGE plpgsql SET "
      "plan_cache_mode = " +
      mode +
      " SET jit = off AS $f$ DECLARE plan json; BEGIN EXECUTE "
      "'EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE feed" +
      arguments + "' INTO plan; RETURN plan::text; END $f$");
  return app.sql("PREPARE feed AS " + std::string(sql::feed::definition.text) +
                 "; SELECT explain_feed()");
}

// Every node of the plan of type `type`, as "type relation".
void collect(const json::Value& node, std::string_view type, std::vector<std::string>& found) {
  if (support::text_in(node, "Node Type") == type) {
    const bool reads = node.find("Relation Name") != nullptr;
    found.push_back(std::string(type) + " " +
                    (reads ? support::text_in(node, "Relation Name") : ""));
  }
  if (node.find("Plans") == nullptr) return;
  for (const auto& child : support::list_in(node, "Plans")) collect(child, type, found);
}

void check_plan(const App& app) {
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    for (const Id user : {1, 2, 3}) {
      const auto text = plan_of(app, user, mode);
      INFO(mode << ", user " << user << ": " << text);
      const auto document = json::parse(text);
      const auto& root = support::member_in(support::items_of(document).at(0), "Plan");
      std::vector<std::string> wrong;
      collect(root, "Seq Scan", wrong);
      collect(root, "Hash Join", wrong);
      collect(root, "Merge Join", wrong);
      collect(root, "Hash", wrong);
      for (const auto& node : wrong) {
        const bool is_empty = node == "Seq Scan post_views" || node == "Seq Scan hidden_posts";
        CHECK(is_empty);
      }
      CHECK(text.find("posts_author_idx") != std::string::npos);
      CHECK(support::integer_in(root, "Actual Rows") == 51);
    }
  }
}

// How often the plan looks whether a post is hidden.
std::int64_t hidden_probes(const json::Value& node) {
  std::int64_t probes = 0;
  if (node.find("Relation Name") && support::text_in(node, "Relation Name") == "hidden_posts")
    probes = support::integer_in(node, "Actual Loops");
  if (node.find("Plans") == nullptr) return probes;
  for (const auto& child : support::list_in(node, "Plans")) probes += hidden_probes(child);
  return probes;
}

void check_hidden_probes(const App& app) {
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    const auto text = plan_of(app, 2, mode);  // who follows 500
    INFO(mode << ": " << text);
    const auto document = json::parse(text);
    const auto& root = support::member_in(support::items_of(document).at(0), "Plan");
    std::vector<std::string> scanned;
    collect(root, "Seq Scan", scanned);
    CHECK(std::count(scanned.begin(), scanned.end(), "Seq Scan hidden_posts") == 0);
    // One or two posts of each author, then all of 51 authors: a plan that sorts reads 18,000.
    CHECK(hidden_probes(root) < 4000);
  }
}

}  // namespace

TEST_CASE("whether a post is hidden is asked by its key, of few posts, whatever is known of them") {
  App app;
  app.sql(seed_small_world);
  app.sql("ANALYZE");
  app.sql("INSERT INTO hidden_posts (post_id) SELECT id FROM posts WHERE id % (100 * 4096) = 0");
  check_hidden_probes(app);
  app.sql("ANALYZE");
  check_hidden_probes(app);
}

TEST_CASE("hidden posts before an author's newest one are passed over once") {
  App app;
  app.sql(seed_small_world);
  app.sql("ANALYZE");
  constexpr std::int64_t hidden = 3000;
  app.sql(
      "INSERT INTO posts (id, author_id, shard, text) SELECT (30000 + i) * 4096, 50, 0, 'x' FROM "
      "generate_series(1, " +
      std::to_string(hidden) + ") i");
  app.sql("INSERT INTO posts (id, author_id, shard, text) VALUES (25000 * 4096, 50, 0, 'x')");
  app.sql("INSERT INTO hidden_posts (post_id) SELECT id FROM posts WHERE id > 30000 * 4096");
  for (const auto* mode : {"force_custom_plan", "force_generic_plan"}) {
    const auto text = plan_of(app, 2, mode);  // who follows 500, that author too
    INFO(mode << ": " << text);
    const auto document = json::parse(text);
    const auto& root = support::member_in(support::items_of(document).at(0), "Plan");
    CHECK(support::integer_in(root, "Actual Rows") == 51);
    // Beside them one or two posts of each author, then all of 51 authors.
    CHECK(hidden_probes(root) < hidden + 4000);
  }
}

TEST_CASE("a feed is read by index scans only, before and after ANALYZE") {
  App app;
  app.sql(seed_small_world);
  check_plan(app);
  app.sql("ANALYZE");
  check_plan(app);
}

TEST_CASE("the load of the feed index reads no rows of users") {
  App app;
  app.sql(seed_small_world);
  app.sql(
      "INSERT INTO users (id, handle, shard) SELECT i, 'u' || i, 0 FROM "
      "generate_series(601, 20000) i");
  app.sql("UPDATE users SET deleted_at = now() WHERE id % 50 = 0");
  app.sql("UPDATE users SET suspended_at = now() WHERE id % 50 = 1");
  app.sql("ANALYZE");
  app.sql(
      "CREATE FUNCTION explain_load() RETURNS text LANGUAGE plpgsql SET enable_nestloop = off "
      "AS $f$ DECLARE plan json; BEGIN EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE load(0, 20000)' "
      "INTO plan; RETURN plan::text; END $f$");
  const auto text = app.sql("PREPARE load AS " + std::string(sql::feed::index_posts.text) +
                            "; SELECT explain_load()");
  INFO(text);
  const auto document = json::parse(text);
  std::vector<std::string> found;
  collect(support::member_in(support::items_of(document).at(0), "Plan"), "Index Only Scan", found);
  CHECK(found == std::vector<std::string>{"Index Only Scan users"});
}
