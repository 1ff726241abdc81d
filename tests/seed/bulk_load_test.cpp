#include <string>

#include "base/error.hpp"
#include "seed/bulk_start.hpp"
#include "seed/seed_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("a bulk load leaves what the workers would have made, and no events") {
  const support::FreshDatabase fresh, untouched;
  const auto world = seed::generate_world(shape_of(1));
  const auto report = seed::load_bulk(owner_of(fresh), world, small_parts());
  check_counters(fresh);
  CHECK(report.active_users > 0);
  CHECK(report.active_users < users);
  CHECK(report.fan_out_on_read_authors > 0);
  CHECK(fresh.execute("SELECT count(*) FROM feed_state WHERE state = 2") ==
        std::to_string(report.active_users));
  CHECK(fresh.execute("SELECT count(*) FROM user_feed") == std::to_string(report.feed_rows));
  // Who posted or liked something in three days is active.
  CHECK(fresh.execute(
            "WITH did AS (SELECT author_id AS id FROM posts WHERE created_at > now() - interval '3 "
            "days' UNION SELECT user_id FROM likes WHERE created_at > now() - interval '3 days') "
            "SELECT count(*) FROM did FULL JOIN feed_state s ON s.user_id = did.id WHERE did.id IS "
            "NULL OR s.user_id IS NULL") == "0");
  const std::string rows =
      "SELECT f.follower_id, p.id, p.author_id FROM follows f JOIN posts p ON p.author_id = "
      "f.followee_id WHERE p.deleted_at IS NULL AND p.id >= (SELECT floor FROM feed_floor) AND "
      "f.follower_id IN (SELECT user_id FROM feed_state) AND p.author_id NOT IN (SELECT author_id "
      "FROM feed_pull)";
  CHECK(fresh.execute("SELECT count(*) FROM ((" + rows + ") EXCEPT TABLE user_feed) x") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM (TABLE user_feed EXCEPT (" + rows + ")) x") == "0");
  const std::string scores =
      "SELECT l.post_id, count(*), p.created_at FROM likes l JOIN posts p ON p.id = l.post_id "
      "WHERE "
      "l.created_at > (SELECT window_start FROM hot_state) GROUP BY l.post_id, p.created_at";
  CHECK(fresh.execute("SELECT count(*) > 5 FROM hot_scores") == "t");
  CHECK(fresh.execute("SELECT count(*) FROM ((" + scores + ") EXCEPT TABLE hot_scores) x") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM (TABLE hot_scores EXCEPT (" + scores + ")) x") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM feed_pull q JOIN user_stats s ON s.user_id = "
                      "q.author_id WHERE s.followers > 150") ==
        std::to_string(report.fan_out_on_read_authors));
  CHECK(fresh.execute("SELECT count(*) FROM events") == "0");
  CHECK(fresh.execute("SELECT bool_and(pg_snapshot_xmax(at) >= pg_snapshot_xmax((SELECT position "
                      "FROM hot_state))) FROM consumers") == "t");
  // Nothing of the load's own is left, and every key and index is there again.
  CHECK(indexes_of(fresh) == indexes_of(untouched));
  CHECK(fresh.execute("SELECT to_regclass('seed_load') IS NULL") == "t");
  CHECK(fresh.execute("SELECT nextval('like_id_sequence')") == std::to_string(likes + 1));
}

TEST_CASE("a bulk load leaves its tables vacuumed and analyzed") {
  const support::FreshDatabase fresh;
  auto owner = owner_of(fresh);
  // VACUUM passes over pages whose commit is not on the disk yet.
  owner.settings.emplace_back("synchronous_commit", "on");
  seed::load_bulk(owner, seed::generate_world(shape_of(1)), small_parts());
  // A checkpoint at the same time may hide some pages from VACUUM.
  CHECK(fresh.execute("SELECT count(*) FROM pg_class WHERE relname IN ('follows', 'posts', "
                      "'likes') AND 2 * relallvisible > relpages") == "3");
  CHECK(fresh.execute("SELECT count(DISTINCT tablename) FROM pg_stats WHERE tablename IN ('users', "
                      "'user_stats', 'follows', 'posts', 'post_likes', 'likes', 'feed_state', "
                      "'feed_pull')") == "8");
}

TEST_CASE("the partitions of a bulk load's feeds are contiguous and reach ahead") {
  const support::FreshDatabase fresh;
  const auto floor = fresh.execute("SELECT min(from_id) FROM feedctl_feed_parts()");
  seed::load_bulk(owner_of(fresh), seed::generate_world(shape_of(1)), small_parts());
  CHECK(fresh.execute("SELECT min(from_id) FROM feedctl_feed_parts()") == floor);
  CHECK(fresh.execute("SELECT count(*) FROM (SELECT from_id, lag(upto_id) OVER (ORDER BY from_id) "
                      "AS before FROM feedctl_feed_parts()) x WHERE from_id <> before") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM feedctl_feed_parts() WHERE from_id > "
                      "feedctl_id_at(now())") == "2");
  CHECK(fresh.execute("SELECT count(*) FROM pg_class c JOIN feedctl_feed_parts() p ON p.part = "
                      "c.relname WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid "
                      "AND i.indisprimary) OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid "
                      "= c.oid AND k.contype = 'c')") == "0");
  CHECK(fresh.execute("SELECT count(*) >= 5 FROM feedctl_feed_parts() WHERE estimated_rows > 0") ==
        "t");
}

TEST_CASE("a database that is not empty, or is in use, is not bulk-loaded") {
  const support::FreshDatabase fresh;
  const auto world = seed::generate_world({20, 10, 30, 10, 4, now()});
  const auto refusal = [&] {
    try {
      seed::load_bulk(owner_of(fresh), world, small_parts());
    } catch (const Error& e) {
      return std::string(e.what()) + "; " + e.hint();
    }
    return std::string("loaded");
  };
  {
    auto serving = owner_of(fresh);
    serving.application_name = "feedctl.serve";
    store::Database serve(serving);
    serve.ping();
    CHECK(refusal() ==
          "feedctl.serve is connected to the database; stop it while the database is filled, or "
          "give --append");
  }
  fresh.execute("INSERT INTO posts (shard, text) VALUES (0, 'alone')");
  CHECK(refusal() ==
        "the database is not empty; give --append to add to it, or seed an empty database");
  fresh.execute("DELETE FROM posts");
  CHECK(refusal() == "loaded");
}

TEST_CASE("a load that is stopped leaves the database empty") {
  const support::FreshDatabase fresh;
  const auto indexes = indexes_of(fresh);
  const auto parts = fresh.execute("SELECT count(*) FROM feedctl_feed_parts()");
  const auto world = seed::generate_world(shape_of(1));
  auto options = small_parts();
  std::size_t rows = 0;
  options.on_rows = [&](std::size_t more) { return (rows += more) < 10'000; };
  try {
    seed::load_bulk(owner_of(fresh), world, options);
    FAIL("not stopped");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "stopped; nothing of the load was kept");
  }
  CHECK(indexes_of(fresh) == indexes);
  CHECK(fresh.execute("SELECT count(*) FROM feedctl_feed_parts()") == parts);
  CHECK(fresh.execute("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM follows) + "
                      "(SELECT count(*) FROM posts) + (SELECT count(*) FROM likes)") == "0");
  seed::load_bulk(owner_of(fresh), world, small_parts());
  check_counters(fresh);
}

TEST_CASE("a load stopped between any two phases is rolled back, or complete if it is late") {
  const auto world = seed::generate_world(shape_of(1));
  for (const char* at :
       {"dropping indexes", "analyzing", "making feeds", "ranking", "analyzing feeds"}) {
    INFO(at);
    const support::FreshDatabase fresh, untouched;
    auto options = small_parts();
    bool stop = false;
    options.on_phase = [&](const std::string& phase) { stop = phase == at; };
    options.on_rows = [&](std::size_t) { return !stop; };
    const bool late = std::string(at) == "ranking" || std::string(at) == "analyzing feeds";
    if (late)
      CHECK(seed::load_bulk(owner_of(fresh), world, options).users == users);
    else
      CHECK_THROWS_AS(seed::load_bulk(owner_of(fresh), world, options), Error);
    CHECK(fresh.execute("SELECT count(*) FROM users") == (late ? std::to_string(users) : "0"));
    CHECK(fresh.execute("SELECT to_regclass('seed_load') IS NULL") == "t");
    CHECK(indexes_of(fresh) == indexes_of(untouched));
  }
}

namespace {

// Acts as if the process had ended there: none of its code runs any more.
struct Power {};

void break_load(const support::FreshDatabase& fresh, const seed::GeneratedWorld& world,
                const std::string& phase) {
  auto options = small_parts();
  options.on_phase = [&](const std::string& now) {
    if (now == phase) throw Power{};
  };
  CHECK_THROWS_AS(seed::load_bulk(owner_of(fresh), world, options), Power);
}

std::string refusal_of(const support::FreshDatabase& fresh, const seed::Shape& shape,
                       const seed::BulkOptions& options) {
  store::Database db(owner_of(fresh));
  try {
    seed::check_bulk(db, shape, options);
    return "accepted";
  } catch (const Error& e) {
    return std::string(e.what()) + "; " + e.hint();
  }
}

}  // namespace

TEST_CASE("a load that broke off continues with its own time, and ends like an undisturbed one") {
  const support::FreshDatabase fresh, whole;
  const auto shape = shape_of(1);
  const auto world = seed::generate_world(shape);
  seed::load_bulk(owner_of(whole), world, small_parts());
  break_load(fresh, world, "making feeds");
  auto later = shape;
  later.now += std::chrono::minutes{5};
  store::Database db(owner_of(fresh));
  auto start = seed::check_bulk(db, later, small_parts());
  CHECK(start.is_continued);
  CHECK(start.steps_done == 7);
  CHECK(start.shape.now == shape.now);
  CHECK(seed::find_broken_load(db).has_value());
  CHECK_FALSE(seed::holds_data(db));
  seed::load_bulk(owner_of(fresh), seed::generate_world(start.shape), start.options);
  CHECK(world_of(fresh) == world_of(whole));
  CHECK(indexes_of(fresh) == indexes_of(whole));
  check_counters(fresh);
  CHECK_FALSE(seed::find_broken_load(db).has_value());
  CHECK(seed::holds_data(db));
}

TEST_CASE("a broken load of other counts is refused with the command that continues it") {
  const support::FreshDatabase fresh;
  const auto shape = shape_of(1);
  break_load(fresh, seed::generate_world(shape), "analyzing");
  auto other = shape;
  other.likes = 1;
  auto refusal = refusal_of(fresh, other, small_parts());
  INFO(refusal);
  CHECK(refusal.find("was aborted; the database holds part of it, of another world; to go on: "
                     "feedctl seed --users 400 --posts 900 --follows 6000 --likes 5000 --seed 1; "
                     "or give --discard to empty the database and load again") !=
        std::string::npos);
  auto strict = small_parts();
  strict.is_time_given = true;
  auto later = shape;
  later.now += std::chrono::minutes{5};
  CHECK(refusal_of(fresh, later, strict).find("of another world") != std::string::npos);
  fresh.execute("INSERT INTO events (type, shard, actor, object) VALUES (8, 0, 1, 1)");
  CHECK(refusal_of(fresh, shape, small_parts()).find("others have written to it since") !=
        std::string::npos);
}

TEST_CASE("whatever else writes is told how to continue a broken load") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  seed::require_no_broken_load(db);
  break_load(fresh, seed::generate_world(shape_of(1)), "analyzing");
  try {
    seed::require_no_broken_load(db);
    FAIL("not refused");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::bad_data);
    CHECK(e.hint() ==
          "to go on: feedctl seed --users 400 --posts 900 --follows 6000 --likes 5000 --seed 1");
  }
}

TEST_CASE("a broken load is discarded on request, also one that an older feedctl left") {
  const support::FreshDatabase fresh, untouched;
  const auto world = seed::generate_world(shape_of(1));
  break_load(fresh, world, "making feeds");
  fresh.execute("UPDATE seed_load SET statement = '' WHERE of = 'begin'");
  CHECK(refusal_of(fresh, world.shape, small_parts()).find("of another version of feedctl") !=
        std::string::npos);
  auto options = small_parts();
  options.discard_broken_load = true;
  seed::load_bulk(owner_of(fresh), world, options);
  check_counters(fresh);
  CHECK(indexes_of(fresh) == indexes_of(untouched));
  CHECK(fresh.execute("SELECT count(*) FROM posts") == std::to_string(posts));
}

TEST_CASE("views and pages of a bulk load are those of its world, beside pages that exist") {
  const support::FreshDatabase fresh;
  fresh.execute("INSERT INTO pages (id, title, state) VALUES (41, 'mine', 'draft')");
  auto shape = shape_of(1);
  shape.views = 20'000;
  shape.pages = 12;
  const auto world = seed::generate_world(shape);
  seed::load_bulk(owner_of(fresh), world, small_parts());
  CHECK(fresh.execute("SELECT sum(view_count) FROM post_views") == "20000");
  CHECK(fresh.execute("SELECT count(*) FROM post_views WHERE view_count <> base") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM post_likes l LEFT JOIN post_views v USING (post_id) "
                      "WHERE coalesce(v.view_count, 0) < l.like_count") == "0");
  CHECK(fresh.execute("SELECT count(*) || ' from ' || min(id) FROM pages WHERE state = "
                      "'published'") == "12 from 42");
  CHECK(fresh.execute("SELECT count(*) FROM pages p WHERE id > 41 AND NOT EXISTS (SELECT FROM "
                      "page_contents l WHERE l.page_id = p.id)") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM contents WHERE NOT (type = 'video' AND payload ? "
                      "'file_url' OR type = 'audio' AND payload ? 'text')") == "0");
  CHECK(fresh.execute("SELECT nextval(pg_get_serial_sequence('pages', 'id')) = max(id) + 1 FROM "
                      "pages") == "t");
}
