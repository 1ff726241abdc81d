// The partitions of user_feed as time passes.
#include "feed_materialized/partition_maintenance.hpp"

#include <algorithm>

#include "feed_materialized/feed_floor_recovery.hpp"
#include "feed_materialized/materialization_state.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using feed_materialized::Partition;
using test::FeedFixture;

namespace {

constexpr Id hour = Id{3'600'000} << 12;
constexpr Id day = 24 * hour;

}  // namespace

TEST_CASE("two partitions are kept ahead, each sized for four million rows at the last rate") {
  const Id now = 100 * day;
  // Two partitions ahead exist.
  CHECK(feed_materialized::partitions_to_add({{90 * day, 99 * day, 5},
                                              {99 * day, 101 * day, 5},
                                              {101 * day, 102 * day, 0},
                                              {102 * day, 103 * day, 0}},
                                             now)
            .empty());
  // A million rows a day make four days. The rate is that of the current partition.
  CHECK(feed_materialized::partitions_to_add(
            {{98 * day, 101 * day, 2'000'000}, {101 * day, 102 * day, 0}}, now) ==
        std::vector<Partition>{{102 * day, 106 * day, 0}});
  // At a very high rate one hour is the minimum, without rows thirty days are the maximum.
  CHECK(feed_materialized::partitions_to_add(
            {{98 * day, 101 * day, 2'000'000'000}, {101 * day, 102 * day, 0}}, now) ==
        std::vector<Partition>{{102 * day, 102 * day + hour, 0}});
  CHECK(feed_materialized::partitions_to_add({{98 * day, 101 * day, 0}, {101 * day, 102 * day, 0}},
                                             now) ==
        std::vector<Partition>{{102 * day, 132 * day, 0}});
  // After a pause the new partitions reach from the last one to two ahead, without a gap.
  CHECK(feed_materialized::partitions_to_add({{70 * day, 80 * day, 5}}, now) ==
        std::vector<Partition>{
            {80 * day, 110 * day, 0}, {110 * day, 140 * day, 0}, {140 * day, 170 * day, 0}});
  // After a long pause, or a jump of the clock, one partition covers all the time up to now.
  CHECK(feed_materialized::partitions_to_add({{10 * day, 20 * day, 5}}, now) ==
        std::vector<Partition>{{20 * day, 100 * day, 0},
                               {100 * day, 130 * day, 0},
                               {130 * day, 160 * day, 0},
                               {160 * day, 190 * day, 0}});
  CHECK(feed_materialized::partitions_to_add({{98 * day, 101 * day, 2'000'000'000}}, 20'000 * day)
            .size() == 4);
}

TEST_CASE("partitions are created once, by the application's role") {
  FeedFixture world;
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() WHERE "
      "from_id > feedctl_id_at(now()) LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$");
  CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, now()).created ==
        2);
  CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, now()).created ==
        0);
  CHECK(world.app.count("feedctl_feed_parts() WHERE from_id > feedctl_id_at(now())") == 2);
  CHECK(world.app.count("feedctl_feed_parts() a JOIN feedctl_feed_parts() b ON a.upto_id = "
                        "b.from_id") == world.app.count("feedctl_feed_parts()") - 1);
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.handle_all_events();
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard) VALUES (feedctl_id_at(now() + interval "
      "'20 days'), " +
      std::to_string(ann) + ", 0)");
  world.app.sql(
      "INSERT INTO events (type, shard, actor, object) SELECT 5, 0, author_id, id FROM "
      "posts");
  world.handle_all_events();
  CHECK(world.rows_of(me).size() == 1);
}

TEST_CASE("partitions dropped or detached in between are restored with their rows") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  const auto post = world.add_post_with_age(ann, "5 days");
  world.handle_all_events();
  REQUIRE(world.rows_of(me) == std::set<Id>{post});
  const auto parts = world.app.count("feedctl_feed_parts()");
  const auto each = [&](const std::string& what, const std::string& where) {
    world.app.sql(
        "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() WHERE " +
        where + " LOOP EXECUTE '" + what + " ' || p; END LOOP; END $$");
  };
  const auto holds = [](const std::string& when) {
    return "feedctl_id_at(now() - interval '" + when + "') BETWEEN from_id AND upto_id - 1";
  };
  each("DROP TABLE", holds("25 days"));
  each("ALTER TABLE user_feed DETACH PARTITION", holds("5 days"));
  CHECK(world.app.count("feedctl_feed_parts()") == parts - 2);
  feed_materialized::maintain_partitions(world.app.database, world.options, now());
  CHECK(world.app.count("feedctl_feed_parts()") == parts);
  CHECK(world.rows_of(me) == std::set<Id>{post});
  world.app.sql("CREATE TABLE feed_rest PARTITION OF user_feed DEFAULT");
  CHECK_NOTHROW(feed_materialized::maintain_partitions(world.app.database, world.options, now()));
}

TEST_CASE("a post outside all partitions of user_feed gets its rows at the next attempt") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.handle_all_events();
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() WHERE upto_id > "
      "feedctl_id_at(now() - interval '15 days') LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END "
      "$$");
  const auto post = world.add_post_with_age(ann, "1 minute");
  const auto events = world.take_events();
  CHECK_THROWS(world.handle_events(events));
  world.handle_events(events);
  CHECK(world.rows_of(me) == std::set<Id>{post});
}

TEST_CASE("an old partition frees its space even if readers of other partitions block its drop") {
  FeedFixture world;
  world.options.settings.rows_days = 45;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.add_post_with_age(ann, "85 days");
  world.handle_all_events();
  feed_materialized::maintain_partitions(world.app.database, world.options, now());
  world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
  const auto parts = world.app.count("feedctl_feed_parts()");
  REQUIRE(world.rows_of(me).size() == 1);
  {
    constexpr store::Query other_part{"test/reader",
                                      "LOCK TABLE ONLY user_feed IN ACCESS SHARE MODE"};
    auto reader = world.app.database.write();
    reader.query(other_part);
    while (feed_materialized::maintain_partitions(world.app.database, world.options, now())
               .partition_retired) {
    }
    CHECK(world.rows_of(me).empty());
    CHECK(world.app.count("feedctl_feed_parts()") == parts);
  }
  CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, now())
            .partition_retired);
  CHECK(world.app.count("feedctl_feed_parts()") == parts - 1);
}

TEST_CASE("a partition that would leave a gap, or is unbounded, is refused") {
  FeedFixture world;
  const auto parts = world.app.count("feedctl_feed_parts()");
  const auto end = std::stoll(world.app.sql("SELECT max(upto_id) FROM feedctl_feed_parts()"));
  const auto make = [&](const std::string& from, const std::string& upto) {
    return world.app.sql("SELECT feedctl_make_feed_part(" + from + ", " + upto + ")");
  };
  CHECK_THROWS(make(std::to_string(end + 1), std::to_string(end + 2)));
  CHECK_THROWS(make(std::to_string(end - 1), std::to_string(end + 2)));
  CHECK_THROWS(make(std::to_string(end), "NULL"));
  CHECK_THROWS(make("NULL", std::to_string(end + 1)));
  CHECK(world.app.count("feedctl_feed_parts()") == parts);
  make(std::to_string(end), std::to_string(end + hour));
  CHECK(world.app.count("feedctl_feed_parts()") == parts + 1);
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() LOOP EXECUTE "
      "'DROP TABLE ' || p; END LOOP; END $$");
  world.app.sql(
      "SELECT count(*) FROM generate_series(0, 110, 10) n WHERE "
      "feedctl_make_feed_part(n, n + 10)");  // as `seed` creates them
  CHECK(world.app.count("feedctl_feed_parts()") == 12);
}

TEST_CASE(
    "old partitions are dropped some time after the floor is raised, and late posts below it do no "
    "harm") {
  FeedFixture world;
  world.options.settings.rows_days = 45;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.handle_all_events();
  const auto old = world.add_post_with_age(ann, "70 days"),
             young = world.add_post_with_age(ann, "5 days");
  world.handle_all_events();
  CHECK(world.rows_of(me) == std::set<Id>{old, young});
  const auto parts = world.app.count("feedctl_feed_parts()");

  const auto first =
      feed_materialized::maintain_partitions(world.app.database, world.options, now());
  CHECK(first.feed_floor_raised);
  CHECK_FALSE(first.partition_retired);  // requests that know the old feed floor may still run
  CHECK(world.app.count("feedctl_feed_parts()") == parts);
  CHECK(world.app.count("feed_floor WHERE floor <= feedctl_id_at(now() - interval '45 days') AND "
                        "floor > feedctl_id_at(now() - interval '55 days')") == 1);
  CHECK(world.materialized_feed(me) == std::nullopt);  // one post is below the feed floor
  CHECK(test::ids_of(world.app_feed.read_page(me, posts::max_id, 10)) ==
        std::vector<Id>{young, old});

  world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
  int retired = 0;
  while (feed_materialized::maintain_partitions(world.app.database, world.options, now())
             .partition_retired)
    ++retired;
  CHECK(retired == 4);
  CHECK(world.app.count("feedctl_feed_parts() p, feed_floor f WHERE p.from_id < f.floor") == 0);
  CHECK(world.rows_of(me) == std::set<Id>{young});

  world.add_post_with_age(ann, "80 days");
  world.add_post_with_age(ann, "30 days");
  world.follows.unfollow(me, ann);
  world.follows.follow(me, ann);
  world.run_until_idle();
  CHECK(world.rows_of(me).size() == 2);
  CHECK(test::ids_of(world.app_feed.read_page(me, posts::max_id, 10)).size() == 4);
  CHECK_FALSE(feed_materialized::maintain_partitions(world.app.database, world.options, now())
                  .feed_floor_raised);
}

TEST_CASE("without a trusted clock partitions are created, and none is dropped") {
  FeedFixture world;
  world.options.settings.rows_days = 45;
  const auto kept =
      feed_materialized::maintain_partitions(world.app.database, world.options, std::nullopt);
  CHECK_FALSE(kept.feed_floor_raised);
  CHECK_FALSE(kept.partition_retired);
  CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, now())
            .feed_floor_raised);
}

TEST_CASE(
    "a floor raised by a clock that was ahead is lowered, and rows above it are complete again") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.handle_all_events();
  const auto old = world.add_post_with_age(ann, "30 days");
  world.handle_all_events();
  REQUIRE(world.rows_of(me) == std::set<Id>{old});
  const auto ahead = now() + std::chrono::hours{24 * 200};
  const auto lower = [&] {
    return feed_materialized::lower_feed_floor(world.app.database, 90,
                                               world.options.is_for_all_users(), now());
  };
  CHECK_FALSE(lower());

  SECTION("a partition was retired, and one that began nine months ago is wanted again") {
    // The partitions that the wrong clock has caused.
    world.app.sql(
        "SELECT feedctl_make_feed_part(max(upto_id), feedctl_id_at(now() + interval '250 days')) "
        "FROM feedctl_feed_parts()");
    CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, ahead)
              .feed_floor_raised);
    world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
    while (feed_materialized::maintain_partitions(world.app.database, world.options, ahead)
               .partition_retired) {
    }
    CHECK(world.app.count("feedctl_feed_parts() WHERE from_id <= feedctl_id_at(now())") == 0);
  }
  SECTION("none was retired yet") {
    world.app.sql(
        "UPDATE feed_floor SET days = 90, floor = feedctl_id_at(now() + interval '110 days')");
  }
  SECTION("the floor was raised by an older feedctl") {
    world.app.sql("UPDATE feed_floor SET floor = feedctl_id_at(now() + interval '110 days')");
  }
  const auto missed = world.post(ann);
  world.handle_all_events();
  REQUIRE(world.rows_of(me).count(missed) == 0);

  CHECK(lower());
  CHECK_FALSE(lower());
  CHECK(world.app.count("feed_floor WHERE floor BETWEEN feedctl_id_at(now() - interval '91 days') "
                        "AND feedctl_id_at(now() - interval '89 days')") == 1);
  CHECK(world.materialized_feed(me) == std::nullopt);  // rows do not answer while they are filled
  feed_materialized::MaterializationState(world.app.database).request_activation(me);
  world.run_all_jobs();
  CHECK(world.rows_of(me) == std::set<Id>{old, missed});
  CHECK(world.materialized_feed(me) == std::vector<Id>{missed, old});
  const auto next = world.post(ann);
  world.handle_all_events();
  CHECK(world.materialized_feed(me) == std::vector<Id>{next, missed, old});
}

TEST_CASE("when rows are kept for all users, lowering the floor refills them all") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user(),
             nobody = world.app.add_user();
  world.follows.follow(me, ann);
  world.follows.follow(nobody, ann);
  world.app.sql(
      "UPDATE feed_floor SET days = 90, floor = feedctl_id_at(now() + interval '9 days')");
  const auto post = world.post(ann);
  world.run_until_idle();
  CHECK(feed_materialized::lower_feed_floor(world.app.database, 90, true, now()));
  world.run_all_jobs();
  for (const auto reader : {me, nobody})
    CHECK(world.materialized_feed(reader) == std::vector<Id>{post});
}

TEST_CASE("an interrupted refill of all users resumes and completes") {
  FeedFixture world;
  const auto ann = world.app.add_user();
  const auto [done, left] =
      std::minmax({world.add_materialized_user(), world.add_materialized_user()});
  for (const auto reader : {done, left}) world.follows.follow(reader, ann);
  const auto post = world.post(ann);
  world.run_until_idle();
  // The state that a process leaves which ends after the user `done`.
  world.app.sql("UPDATE feed_state SET state = 0 WHERE user_id = " + std::to_string(left));
  world.app.sql("UPDATE feed_floor SET fill_after = " + std::to_string(done));
  REQUIRE(world.materialized_feed(left) == std::nullopt);
  feed_materialized::refill_all(world.app.database);
  world.run_all_jobs();
  for (const auto reader : {done, left})
    CHECK(world.materialized_feed(reader) == std::vector<Id>{post});
  CHECK(world.app.count("feed_floor WHERE fill_after IS NULL") == 1);

  world.app.sql("UPDATE feed_state SET state = 0");
  feed_materialized::refill_all(world.app.database);
  CHECK(world.app.count("feed_state WHERE state > 0") == 0);
}

TEST_CASE("however far the floor lies behind the clock, few partitions cover the gap") {
  FeedFixture world;
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() LOOP EXECUTE "
      "'DROP TABLE ' || p; END LOOP; END $$");
  world.app.sql("UPDATE feed_floor SET floor = feedctl_id_at(now() - interval '300 days')");
  world.app.sql("SELECT feedctl_fill_feed_parts()");
  CHECK(world.app.count("feedctl_feed_parts()") <= 21);
  CHECK(world.app.count("feedctl_feed_parts() WHERE upto_id > feedctl_id_at(now())") >= 1);
}

TEST_CASE("a setting that keeps more days than the floor allows does not lower the floor") {
  FeedFixture world;
  world.options.settings.rows_days = 45;
  CHECK(feed_materialized::maintain_partitions(world.app.database, world.options, now())
            .feed_floor_raised);
  CHECK_FALSE(feed_materialized::lower_feed_floor(world.app.database, 90, false, now()));
}
