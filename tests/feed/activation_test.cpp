// How rows begin to be kept for a user, and how they end.
#include "base/json.hpp"
#include "sql/feed.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "users/users.hpp"
#include "world.hpp"

using namespace feedctl;
using test::World;

namespace {

std::vector<Id> page(World& world, Id user) {
  return test::ids_of(world.app_feed.page(user, posts::newest, 100));
}

feed::Options one_at_a_time() {
  feed::Options options;
  options.followees_a_chunk = 1;
  return options;
}

std::int64_t posts_read(const json::Value& node) {
  std::int64_t read = 0;
  const auto* relation = node.find("Relation Name");
  if (relation != nullptr && support::text_in(node, "Relation Name") == "posts") {
    read += support::integer_in(node, "Actual Loops") * support::integer_in(node, "Actual Rows");
    if (node.find("Rows Removed by Filter") != nullptr) {
      read += support::integer_in(node, "Actual Loops") *
              support::integer_in(node, "Rows Removed by Filter");
    }
  }
  if (node.find("Plans") != nullptr) {
    for (const auto& child : support::list_in(node, "Plans")) read += posts_read(child);
  }
  return read;
}

}  // namespace

TEST_CASE("the first page of a user without rows is right at once, and asks for rows") {
  World world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  const auto post = world.post(ann);
  CHECK(page(world, me) == std::vector<Id>{post});
  CHECK(world.state(me) == 1);
  CHECK(world.app.sql("SELECT kind || ' ' || lane || ' ' || subject || ' ' || payload FROM jobs") ==
        "activate 0 " + std::to_string(me) + " {\"generation\": 1}");
  CHECK(page(world, me) == std::vector<Id>{post});
  CHECK(world.jobs("activate") == 1);
  CHECK(world.from_rows(me) == std::nullopt);
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.rows_of(me) == std::set<Id>{post});
  CHECK(world.from_rows(me) == std::vector<Id>{post});
  CHECK(page(world, me) == std::vector<Id>{post});
}

TEST_CASE("nobody is activated who is no living user") {
  World world;
  const auto left = world.app.add_user();
  world.app.remove_user(left);
  CHECK_THROWS_AS(page(world, left), Error);
  CHECK_THROWS_AS(page(world, 4711), Error);
  CHECK(world.app.count("feed_state") == 0);
}

TEST_CASE("a user who returns after a year sees a full first page on the first request") {
  World world;
  const auto ann = world.app.add_user(), bob = world.app.add_user(), me = world.reader();
  world.app.follow(me, ann);
  const auto before_leaving = world.post_before(ann, "80 days");
  world.handle_all();
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '365 days'");
  CHECK(feed::deactivate_idle(world.app.database, 30, now()) == 1);
  CHECK(world.state(me) == 0);
  CHECK(world.rows_of(me) == std::set<Id>{before_leaving});
  world.app.follow(me, bob);
  std::vector<Id> all{before_leaving};
  for (int i = 0; i < 60; ++i) all.insert(all.begin(), world.post(i % 2 == 0 ? ann : bob));
  world.handle_all();
  CHECK(world.rows_of(me).size() == 1);
  CHECK(page(world, me) == all);
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == all);
  CHECK(feed::deactivate_idle(world.app.database, 30, now()) == 0);
}

TEST_CASE("posts and follows that come between an activation's chunks are not missed") {
  World world(one_at_a_time());
  std::vector<Id> authors;
  for (int i = 0; i < 4; ++i) authors.push_back(world.app.add_user());
  const auto me = world.app.add_user();
  for (const auto author : authors) world.post(author);
  for (const auto author : {authors[1], authors[2]}) world.follows.follow(me, author);
  world.handle_all();
  world.app_feed.page(me, posts::newest, 100);
  REQUIRE(world.work());  // authors[1]
  CHECK(world.rows_of(me).size() == 1);
  world.post(authors[1]);                // behind the cursor: the fan-out's
  world.post(authors[2]);                // before it: both find it
  world.follows.follow(me, authors[0]);  // behind the cursor: the backfill's
  world.follows.follow(me, authors[3]);  // before it
  world.handle_all();
  world.follows.unfollow(me, authors[1]);
  world.post(authors[1]);
  world.follows.follow(me, authors[1]);
  world.handle_all();
  REQUIRE(world.work());
  CHECK(world.state(me) == 1);
  CHECK(world.from_rows(me) == std::nullopt);
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == world.defined(me));
  CHECK(world.defined(me).size() == 7);
}

TEST_CASE("an activation whose generation has passed ends without a word") {
  World world(one_at_a_time());
  std::vector<Id> authors;
  for (int i = 0; i < 3; ++i) authors.push_back(world.app.add_user());
  const auto me = world.app.add_user();
  for (const auto author : authors) world.app.follow(me, author);
  for (const auto author : authors) world.post(author);
  world.handle_all();
  page(world, me);
  REQUIRE(world.work());
  world.app.sql("UPDATE feed_state SET state = 0");
  world.post(authors[0]);  // in the gap: nobody keeps rows now
  world.handle_all();
  CHECK(world.rows_of(me).size() == 1);
  {
    events::Unit unit(world.app.database.write());
    feed::activate(unit.tx(), {me});
    unit.commit();
  }
  CHECK(world.app.sql("SELECT generation || ' ' || (cursor IS NULL) FROM feed_state") == "2 true");
  CHECK(world.jobs("activate") == 2);
  REQUIRE(world.work());  // either: the old one ends, the new one begins anew
  REQUIRE(world.work());
  CHECK(world.state(me) == 1);
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == world.defined(me));
  CHECK(world.defined(me).size() == 4);
}

TEST_CASE("an activation that was turned off does not turn rows on") {
  World world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  world.post(ann);
  page(world, me);
  world.app.sql("UPDATE feed_state SET state = 0");
  world.work_all();
  CHECK(world.state(me) == 0);
  CHECK(world.jobs("activate") == 0);
}

TEST_CASE("a chunk of an activation ends in the middle of a followee who has many posts") {
  feed::Options options;
  options.posts_a_chunk = 3;
  World world(options);
  const auto few = world.app.add_user(), many = world.app.add_user(), last = world.app.add_user();
  const auto me = world.app.add_user();
  for (const auto author : {few, many, last}) world.app.follow(me, author);
  for (int i = 0; i < 2; ++i) world.post(few);
  for (int i = 0; i < 9; ++i) world.post(many);
  world.post(last);
  page(world, me);
  for (const std::size_t expected : {3U, 6U, 9U, 12U}) {
    REQUIRE(world.work());
    CHECK(world.rows_of(me).size() == expected);
    CHECK(world.state(me) == 1);
  }
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == world.defined(me));
}

TEST_CASE("a chunk of an activation reads no more posts than it may give rows of") {
  World world;
  world.app.sql(R"(
    INSERT INTO users (id, handle, shard) SELECT i, 'u' || i, 0 FROM generate_series(1, 21) i)");
  world.app.sql("INSERT INTO follows SELECT 1, i FROM generate_series(2, 21) i");
  world.app.sql(R"(
    INSERT INTO posts (id, author_id, shard)
    SELECT feedctl_id_at(now() - i * interval '1 minute'), 2 + i % 20, 0 FROM generate_series(1, 4000) i)");
  world.app.sql("INSERT INTO feed_state (user_id, state) VALUES (1, 1)");
  for (const auto* analyze : {"SELECT 1", "ANALYZE"}) {
    world.app.sql(analyze);
    world.app.sql(
        "CREATE OR REPLACE FUNCTION explain_chunk() RETURNS text LANGUAGE plpgsql AS $f$ DECLARE "
        "plan json; BEGIN EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE chunk(1, 1, 100, 250)' "
        "INTO plan; RETURN plan::text; END $f$");
    const auto text =
        world.app.sql("PREPARE chunk AS " + std::string(sql::feed::activate_chunk.text) +
                      "; SELECT explain_chunk()");
    INFO(text);
    const auto document = json::parse(text);
    CHECK(posts_read(support::member_in(support::items_of(document).at(0), "Plan")) == 250);
  }
  CHECK(world.rows_of(1).size() == 500);
}

TEST_CASE("who was left filling, because the job was given up, begins anew when seen again") {
  World world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  const auto post = world.post(ann);
  page(world, me);
  REQUIRE(world.state(me) == 1);
  const auto ask = [&] {
    auto tx = world.app.database.write();
    feed::activate(tx, {me});
    tx.commit();
  };
  ask();
  CHECK(world.jobs("activate") == 1);  // it has a job
  world.app.sql("DELETE FROM jobs");
  ask();
  CHECK(world.jobs("activate") == 1);
  CHECK(world.app.sql("SELECT generation FROM feed_state") == "2");
  world.work_all();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == std::vector<Id>{post});
}

TEST_CASE("where rows are kept for all, new users have them from their event on") {
  feed::Options options;
  options.settings.materialize = config::Materialize::all;
  World world(options);
  users::Users users(world.app.database);
  const auto ann = users.create({"ann", ""}).id, me = users.create({"me", ""}).id;
  world.follows.follow(me, ann);
  const auto post = world.post(ann);
  world.settle();
  CHECK(world.state(me) == 2);
  CHECK(world.from_rows(me) == std::vector<Id>{post});
}

TEST_CASE(
    "where rows are no longer kept nobody stays on, so that nothing lacks when they are again") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.settle();
  REQUIRE(world.state(me) == 2);
  CHECK(feed::deactivate_all(world.app.database) == 1);
  CHECK(world.state(me) == 0);
  CHECK(feed::deactivate_all(world.app.database) == 0);
}

TEST_CASE("who reads stays active, noted once an hour") {
  World world;
  const auto me = world.reader(), idle = world.reader();
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '40 days'");
  page(world, me);
  CHECK(world.app.count("feed_state WHERE seen_at > now() - interval '1 minute'") == 1);
  CHECK(feed::deactivate_idle(world.app.database, 30, now()) == 1);
  CHECK(world.state(me) == 2);
  CHECK(world.state(idle) == 0);
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '59 minutes'");
  feed::Feed other(world.app.database);
  other.page(me, posts::newest, 10);
  CHECK(world.app.count("feed_state WHERE seen_at > now() - interval '1 minute'") == 0);
}
