// How the materialization of a user's feed starts and ends.
#include "base/json.hpp"
#include "sql/feed.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "users/users.hpp"

using namespace feedctl;
using test::FeedFixture;

namespace {

std::vector<Id> page(FeedFixture& world, Id user) {
  return test::ids_of(world.app_feed.read_page(user, posts::max_id, 100));
}

feed_materialized::Options one_at_a_time() {
  feed_materialized::Options options;
  options.followees_per_chunk = 1;
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

TEST_CASE(
    "the first page of a user without rows is complete at once, and requests materialization") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  const auto post = world.post(ann);
  CHECK(page(world, me) == std::vector<Id>{post});
  CHECK(world.state(me) == 1);
  CHECK(world.app.sql("SELECT kind || ' ' || lane || ' ' || subject || ' ' || payload FROM jobs") ==
        "activate 0 " + std::to_string(me) + " {\"generation\": 1}");
  CHECK(page(world, me) == std::vector<Id>{post});
  CHECK(world.jobs("activate") == 1);
  CHECK(world.materialized_feed(me) == std::nullopt);
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.rows_of(me) == std::set<Id>{post});
  CHECK(world.materialized_feed(me) == std::vector<Id>{post});
  CHECK(page(world, me) == std::vector<Id>{post});
}

TEST_CASE("materialization is not activated for a deleted or unknown user") {
  FeedFixture world;
  const auto left = world.app.add_user();
  world.app.remove_user(left);
  CHECK_THROWS_AS(page(world, left), Error);
  CHECK_THROWS_AS(page(world, 4711), Error);
  CHECK(world.app.count("feed_state") == 0);
}

TEST_CASE("a user who returns after a year sees a full first page on the first request") {
  FeedFixture world;
  const auto ann = world.app.add_user(), bob = world.app.add_user(),
             me = world.add_materialized_user();
  world.app.follow(me, ann);
  const auto before_leaving = world.add_post_with_age(ann, "80 days");
  world.handle_all_events();
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '365 days'");
  CHECK(feed_materialized::deactivate_idle_users(world.app.database, 30, now()) == 1);
  CHECK(world.state(me) == 0);
  CHECK(world.rows_of(me) == std::set<Id>{before_leaving});
  world.app.follow(me, bob);
  std::vector<Id> all{before_leaving};
  for (int i = 0; i < 60; ++i) all.insert(all.begin(), world.post(i % 2 == 0 ? ann : bob));
  world.handle_all_events();
  CHECK(world.rows_of(me).size() == 1);
  CHECK(page(world, me) == all);
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == all);
  CHECK(feed_materialized::deactivate_idle_users(world.app.database, 30, now()) == 0);
}

TEST_CASE("posts and follows between two chunks of an activation are not missed") {
  FeedFixture world(one_at_a_time());
  std::vector<Id> authors;
  for (int i = 0; i < 4; ++i) authors.push_back(world.app.add_user());
  const auto me = world.app.add_user();
  for (const auto author : authors) world.post(author);
  for (const auto author : {authors[1], authors[2]}) world.follows.follow(me, author);
  world.handle_all_events();
  world.app_feed.read_page(me, posts::max_id, 100);
  REQUIRE(world.run_one_job());  // authors[1]
  CHECK(world.rows_of(me).size() == 1);
  world.post(authors[1]);                // behind the cursor: the fan-out adds its row
  world.post(authors[2]);                // ahead of the cursor: both add it
  world.follows.follow(me, authors[0]);  // behind the cursor: the backfill adds the rows
  world.follows.follow(me, authors[3]);  // ahead of the cursor
  world.handle_all_events();
  world.follows.unfollow(me, authors[1]);
  world.post(authors[1]);
  world.follows.follow(me, authors[1]);
  world.handle_all_events();
  REQUIRE(world.run_one_job());
  CHECK(world.state(me) == 1);
  CHECK(world.materialized_feed(me) == std::nullopt);
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == world.expected_feed(me));
  CHECK(world.expected_feed(me).size() == 7);
}

TEST_CASE("an activation of an outdated generation ends without effect") {
  FeedFixture world(one_at_a_time());
  std::vector<Id> authors;
  for (int i = 0; i < 3; ++i) authors.push_back(world.app.add_user());
  const auto me = world.app.add_user();
  for (const auto author : authors) world.app.follow(me, author);
  for (const auto author : authors) world.post(author);
  world.handle_all_events();
  page(world, me);
  REQUIRE(world.run_one_job());
  world.app.sql("UPDATE feed_state SET state = 0");
  world.post(authors[0]);  // between the activations, so no row is added
  world.handle_all_events();
  CHECK(world.rows_of(me).size() == 1);
  {
    events::UnitOfWork unit(world.app.database.write());
    feed_materialized::activate_users(unit.tx(), {me});
    unit.commit();
  }
  CHECK(world.app.sql("SELECT generation || ' ' || (cursor IS NULL) FROM feed_state") == "2 true");
  CHECK(world.jobs("activate") == 2);
  REQUIRE(world.run_one_job());  // in any order: the old one ends, the new one starts
  REQUIRE(world.run_one_job());
  CHECK(world.state(me) == 1);
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == world.expected_feed(me));
  CHECK(world.expected_feed(me).size() == 4);
}

TEST_CASE("an activation that was switched off does not mark rows as complete") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  world.post(ann);
  page(world, me);
  world.app.sql("UPDATE feed_state SET state = 0");
  world.run_all_jobs();
  CHECK(world.state(me) == 0);
  CHECK(world.jobs("activate") == 0);
}

TEST_CASE("a chunk of an activation may end in the middle of a followee with many posts") {
  feed_materialized::Options options;
  options.posts_per_chunk = 3;
  FeedFixture world(options);
  const auto few = world.app.add_user(), many = world.app.add_user(), last = world.app.add_user();
  const auto me = world.app.add_user();
  for (const auto author : {few, many, last}) world.app.follow(me, author);
  for (int i = 0; i < 2; ++i) world.post(few);
  for (int i = 0; i < 9; ++i) world.post(many);
  world.post(last);
  page(world, me);
  for (const std::size_t expected : {3U, 6U, 9U, 12U}) {
    REQUIRE(world.run_one_job());
    CHECK(world.rows_of(me).size() == expected);
    CHECK(world.state(me) == 1);
  }
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == world.expected_feed(me));
}

TEST_CASE("a chunk of an activation reads at most as many posts as it may write rows") {
  FeedFixture world;
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

TEST_CASE(
    "a user left in activation by a job that was given up is activated again when next seen") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.app.add_user();
  world.app.follow(me, ann);
  const auto post = world.post(ann);
  page(world, me);
  REQUIRE(world.state(me) == 1);
  const auto ask = [&] {
    auto tx = world.app.database.write();
    feed_materialized::activate_users(tx, {me});
    tx.commit();
  };
  ask();
  CHECK(world.jobs("activate") == 1);  // it has a job
  world.app.sql("DELETE FROM jobs");
  ask();
  CHECK(world.jobs("activate") == 1);
  CHECK(world.app.sql("SELECT generation FROM feed_state") == "2");
  world.run_all_jobs();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == std::vector<Id>{post});
}

TEST_CASE("where rows are kept for all, new users have them from their event on") {
  feed_materialized::Options options;
  options.settings.materialize = config::Materialize::all;
  FeedFixture world(options);
  users::Users users(world.app.database);
  const auto ann = users.create({"ann", ""}).id, me = users.create({"me", ""}).id;
  world.follows.follow(me, ann);
  const auto post = world.post(ann);
  world.run_until_idle();
  CHECK(world.state(me) == 2);
  CHECK(world.materialized_feed(me) == std::vector<Id>{post});
}

TEST_CASE(
    "when materialization is turned off no user stays active, so none lacks rows when it is on "
    "again") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.run_until_idle();
  REQUIRE(world.state(me) == 2);
  CHECK(feed_materialized::deactivate_all_users(world.app.database) == 1);
  CHECK(world.state(me) == 0);
  CHECK(feed_materialized::deactivate_all_users(world.app.database) == 0);
}

TEST_CASE("a reader stays active, recorded at most once an hour") {
  FeedFixture world;
  const auto me = world.add_materialized_user(), idle = world.add_materialized_user();
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '40 days'");
  page(world, me);
  CHECK(world.app.count("feed_state WHERE seen_at > now() - interval '1 minute'") == 1);
  CHECK(feed_materialized::deactivate_idle_users(world.app.database, 30, now()) == 1);
  CHECK(world.state(me) == 2);
  CHECK(world.state(idle) == 0);
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '59 minutes'");
  feed::FeedReader other(world.app.database);
  other.read_page(me, posts::max_id, 10);
  CHECK(world.app.count("feed_state WHERE seen_at > now() - interval '1 minute'") == 0);
}
