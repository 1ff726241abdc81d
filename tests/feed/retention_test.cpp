// The parts of user_feed through time.
#include "feed/retention.hpp"

#include <algorithm>

#include "feed/activation.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using feed::Part;
using test::World;

namespace {

constexpr Id hour = Id{3'600'000} << 12;
constexpr Id day = 24 * hour;

}  // namespace

TEST_CASE("two parts lie ahead, as long as four million rows take at the last rate") {
  const Id now = 100 * day;
  // Two ahead already.
  CHECK(feed::parts_to_add({{90 * day, 99 * day, 5},
                            {99 * day, 101 * day, 5},
                            {101 * day, 102 * day, 0},
                            {102 * day, 103 * day, 0}},
                           now)
            .empty());
  // A million rows a day: four days. The current part tells, though it is not full.
  CHECK(feed::parts_to_add({{98 * day, 101 * day, 2'000'000}, {101 * day, 102 * day, 0}}, now) ==
        std::vector<Part>{{102 * day, 106 * day, 0}});
  // A burst: an hour at least. Silence: thirty days at most.
  CHECK(feed::parts_to_add({{98 * day, 101 * day, 2'000'000'000}, {101 * day, 102 * day, 0}},
                           now) == std::vector<Part>{{102 * day, 102 * day + hour, 0}});
  CHECK(feed::parts_to_add({{98 * day, 101 * day, 0}, {101 * day, 102 * day, 0}}, now) ==
        std::vector<Part>{{102 * day, 132 * day, 0}});
  // Nobody came for a while: without a gap up to two ahead.
  CHECK(feed::parts_to_add({{70 * day, 80 * day, 5}}, now) ==
        std::vector<Part>{
            {80 * day, 110 * day, 0}, {110 * day, 140 * day, 0}, {140 * day, 170 * day, 0}});
  // For long, or the clock has leapt: one part goes up to now, however long that is.
  CHECK(feed::parts_to_add({{10 * day, 20 * day, 5}}, now) ==
        std::vector<Part>{{20 * day, 100 * day, 0},
                          {100 * day, 130 * day, 0},
                          {130 * day, 160 * day, 0},
                          {160 * day, 190 * day, 0}});
  CHECK(feed::parts_to_add({{98 * day, 101 * day, 2'000'000'000}}, 20'000 * day).size() == 4);
}

TEST_CASE("parts are laid by the application's role, once") {
  World world;
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() WHERE "
      "from_id > feedctl_id_at(now()) LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$");
  CHECK(feed::keep_parts(world.app.database, world.options, now()).made == 2);
  CHECK(feed::keep_parts(world.app.database, world.options, now()).made == 0);
  CHECK(world.app.count("feedctl_feed_parts() WHERE from_id > feedctl_id_at(now())") == 2);
  CHECK(world.app.count("feedctl_feed_parts() a JOIN feedctl_feed_parts() b ON a.upto_id = "
                        "b.from_id") == world.app.count("feedctl_feed_parts()") - 1);
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.handle_all();
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard) VALUES (feedctl_id_at(now() + interval "
      "'20 days'), " +
      std::to_string(ann) + ", 0)");
  world.app.sql(
      "INSERT INTO events (type, shard, actor, object) SELECT 5, 0, author_id, id FROM "
      "posts");
  world.handle_all();
  CHECK(world.rows_of(me).size() == 1);
}

TEST_CASE("parts that were dropped or detached in between are there again, with their rows") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  const auto post = world.post_before(ann, "5 days");
  world.handle_all();
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
  feed::keep_parts(world.app.database, world.options, now());
  CHECK(world.app.count("feedctl_feed_parts()") == parts);
  CHECK(world.rows_of(me) == std::set<Id>{post});
  world.app.sql("CREATE TABLE feed_rest PARTITION OF user_feed DEFAULT");
  CHECK_NOTHROW(feed::keep_parts(world.app.database, world.options, now()));
}

TEST_CASE("a post beyond all parts of user_feed gets its rows at the next try") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.handle_all();
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() WHERE upto_id > "
      "feedctl_id_at(now() - interval '15 days') LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END "
      "$$");
  const auto post = world.post_before(ann, "1 minute");
  const auto events = world.take();
  CHECK_THROWS(world.handle(events));
  world.handle(events);
  CHECK(world.rows_of(me) == std::set<Id>{post});
}

TEST_CASE("an old part gives back its space though readers of other parts keep it from going") {
  World world;
  world.options.settings.rows_days = 45;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.post_before(ann, "85 days");
  world.handle_all();
  feed::keep_parts(world.app.database, world.options, now());
  world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
  const auto parts = world.app.count("feedctl_feed_parts()");
  REQUIRE(world.rows_of(me).size() == 1);
  {
    constexpr store::Query other_part{"test/reader",
                                      "LOCK TABLE ONLY user_feed IN ACCESS SHARE MODE"};
    auto reader = world.app.database.write();
    reader.query(other_part);
    while (feed::keep_parts(world.app.database, world.options, now()).retired) {
    }
    CHECK(world.rows_of(me).empty());
    CHECK(world.app.count("feedctl_feed_parts()") == parts);
  }
  CHECK(feed::keep_parts(world.app.database, world.options, now()).retired);
  CHECK(world.app.count("feedctl_feed_parts()") == parts - 1);
}

TEST_CASE("a part that would leave a gap, or no end, is refused") {
  World world;
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
      "feedctl_make_feed_part(n, n + 10)");  // as a seed lays them where there are none
  CHECK(world.app.count("feedctl_feed_parts()") == 12);
}

TEST_CASE(
    "old parts go after the floor has been raised for a while, and late posts below do no harm") {
  World world;
  world.options.settings.rows_days = 45;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.handle_all();
  const auto old = world.post_before(ann, "70 days"), young = world.post_before(ann, "5 days");
  world.handle_all();
  CHECK(world.rows_of(me) == std::set<Id>{old, young});
  const auto parts = world.app.count("feedctl_feed_parts()");

  const auto first = feed::keep_parts(world.app.database, world.options, now());
  CHECK(first.raised);
  CHECK_FALSE(first.retired);  // requests that know the old floor may still run
  CHECK(world.app.count("feedctl_feed_parts()") == parts);
  CHECK(world.app.count("feed_floor WHERE floor <= feedctl_id_at(now() - interval '45 days') AND "
                        "floor > feedctl_id_at(now() - interval '55 days')") == 1);
  CHECK(world.from_rows(me) == std::nullopt);  // a post lies below
  CHECK(test::ids_of(world.app_feed.page(me, posts::newest, 10)) == std::vector<Id>{young, old});

  world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
  int retired = 0;
  while (feed::keep_parts(world.app.database, world.options, now()).retired) ++retired;
  CHECK(retired == 4);
  CHECK(world.app.count("feedctl_feed_parts() p, feed_floor f WHERE p.from_id < f.floor") == 0);
  CHECK(world.rows_of(me) == std::set<Id>{young});

  world.post_before(ann, "80 days");
  world.post_before(ann, "30 days");
  world.follows.unfollow(me, ann);
  world.follows.follow(me, ann);
  world.settle();
  CHECK(world.rows_of(me).size() == 2);
  CHECK(test::ids_of(world.app_feed.page(me, posts::newest, 10)).size() == 4);
  CHECK_FALSE(feed::keep_parts(world.app.database, world.options, now()).raised);
}

TEST_CASE("without a time that can be trusted parts are made, and nothing is taken away") {
  World world;
  world.options.settings.rows_days = 45;
  const auto kept = feed::keep_parts(world.app.database, world.options, std::nullopt);
  CHECK_FALSE(kept.raised);
  CHECK_FALSE(kept.retired);
  CHECK(feed::keep_parts(world.app.database, world.options, now()).raised);
}

TEST_CASE(
    "a floor that a clock ahead has raised is lowered, and rows are complete above it again") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.handle_all();
  const auto old = world.post_before(ann, "30 days");
  world.handle_all();
  REQUIRE(world.rows_of(me) == std::set<Id>{old});
  const auto ahead = now() + std::chrono::hours{24 * 200};
  const auto lower = [&] {
    return feed::lower_floor(world.app.database, 90, world.options.keeps_all(), now());
  };
  CHECK_FALSE(lower());

  SECTION("a part was retired, and one that began nine months ago is wanted again") {
    // As the clock that was ahead had them laid.
    world.app.sql(
        "SELECT feedctl_make_feed_part(max(upto_id), feedctl_id_at(now() + interval '250 days')) "
        "FROM feedctl_feed_parts()");
    CHECK(feed::keep_parts(world.app.database, world.options, ahead).raised);
    world.app.sql("UPDATE feed_floor SET raised_at = now() - interval '2 minutes'");
    while (feed::keep_parts(world.app.database, world.options, ahead).retired) {
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
  world.handle_all();
  REQUIRE(world.rows_of(me).count(missed) == 0);

  CHECK(lower());
  CHECK_FALSE(lower());
  CHECK(world.app.count("feed_floor WHERE floor BETWEEN feedctl_id_at(now() - interval '91 days') "
                        "AND feedctl_id_at(now() - interval '89 days')") == 1);
  CHECK(world.from_rows(me) == std::nullopt);  // not while they are filled
  feed::Activation(world.app.database).ask(me);
  world.work_all();
  CHECK(world.rows_of(me) == std::set<Id>{old, missed});
  CHECK(world.from_rows(me) == std::vector<Id>{missed, old});
  const auto next = world.post(ann);
  world.handle_all();
  CHECK(world.from_rows(me) == std::vector<Id>{next, missed, old});
}

TEST_CASE("where rows are kept for all, all are filled anew below a floor that was lowered") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader(), nobody = world.app.add_user();
  world.follows.follow(me, ann);
  world.follows.follow(nobody, ann);
  world.app.sql(
      "UPDATE feed_floor SET days = 90, floor = feedctl_id_at(now() + interval '9 days')");
  const auto post = world.post(ann);
  world.settle();
  CHECK(feed::lower_floor(world.app.database, 90, true, now()));
  world.work_all();
  for (const auto reader : {me, nobody}) CHECK(world.from_rows(reader) == std::vector<Id>{post});
}

TEST_CASE("where filling all anew was cut off it goes on, and ends") {
  World world;
  const auto ann = world.app.add_user();
  const auto [done, left] = std::minmax({world.reader(), world.reader()});
  for (const auto reader : {done, left}) world.follows.follow(reader, ann);
  const auto post = world.post(ann);
  world.settle();
  // As a process leaves it that ends when it has come to `done`.
  world.app.sql("UPDATE feed_state SET state = 0 WHERE user_id = " + std::to_string(left));
  world.app.sql("UPDATE feed_floor SET fill_after = " + std::to_string(done));
  REQUIRE(world.from_rows(left) == std::nullopt);
  feed::fill_all(world.app.database);
  world.work_all();
  for (const auto reader : {done, left}) CHECK(world.from_rows(reader) == std::vector<Id>{post});
  CHECK(world.app.count("feed_floor WHERE fill_after IS NULL") == 1);

  world.app.sql("UPDATE feed_state SET state = 0");
  feed::fill_all(world.app.database);
  CHECK(world.app.count("feed_state WHERE state > 0") == 0);
}

TEST_CASE("however far the floor lies behind the clock, few parts fill what is between") {
  World world;
  world.app.sql(
      "DO $$ DECLARE p text; BEGIN FOR p IN SELECT part FROM feedctl_feed_parts() LOOP EXECUTE "
      "'DROP TABLE ' || p; END LOOP; END $$");
  world.app.sql("UPDATE feed_floor SET floor = feedctl_id_at(now() - interval '300 days')");
  world.app.sql("SELECT feedctl_fill_feed_parts()");
  CHECK(world.app.count("feedctl_feed_parts()") <= 21);
  CHECK(world.app.count("feedctl_feed_parts() WHERE upto_id > feedctl_id_at(now())") >= 1);
}

TEST_CASE("a setting that wants more days than the floor was raised for does not lower it") {
  World world;
  world.options.settings.rows_days = 45;
  CHECK(feed::keep_parts(world.app.database, world.options, now()).raised);
  CHECK_FALSE(feed::lower_floor(world.app.database, 90, false, now()));
}
