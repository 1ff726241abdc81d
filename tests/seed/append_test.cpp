#include <atomic>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "seed/seed_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE(
    "data appended to a running system have one event per row, and readers see consistent "
    "counters") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  seed::load_bulk(owner_of(fresh), seed::generate_world(shape_of(1)), small_parts());
  const auto feeds = fresh.execute("SELECT count(*) FROM user_feed");
  std::atomic<bool> done{false};
  std::atomic<int> looks{0}, wrong{0};
  std::thread reader([&] {
    while (!done) {
      const auto sums = fresh.execute(
          "SELECT (SELECT sum(like_count) FROM post_likes) = (SELECT count(*) FROM likes) AND "
          "(SELECT sum(followers) FROM user_stats) = (SELECT count(*) FROM follows) AND (SELECT "
          "count(*) FROM events) = (SELECT count(*) FROM users) + (SELECT count(*) FROM posts) + "
          "(SELECT count(*) FROM likes) + (SELECT count(*) FROM follows) - 12300");
      wrong += sums != "t";
      ++looks;
    }
  });
  seed::AppendOptions options;
  options.rows_per_transaction = 100;
  auto shape = shape_of(2);
  shape.users = 100;
  // The same times again: taken ids must be replaced.
  shape.now = now();
  const auto known = seed::load_popular_users(db);
  CHECK(known.size() == users);
  const auto report = seed::append(db, seed::generate_world(shape, known), options);
  done = true;
  reader.join();
  CHECK(looks > 0);
  CHECK(wrong == 0);
  CHECK_FALSE(report.stopped);
  CHECK(report.users == 100);
  CHECK(report.posts == posts);
  CHECK(report.likes == likes);
  CHECK(report.follows > 0);
  check_counters(fresh);
  CHECK(fresh.execute("SELECT count(*) FROM events") ==
        std::to_string(report.users + report.posts + report.likes + report.follows));
  CHECK(fresh.execute("SELECT count(*) FROM events e WHERE type = 1 AND NOT EXISTS (SELECT FROM "
                      "likes l WHERE l.user_id = e.actor AND l.post_id = e.object AND l.created_at "
                      "= e.liked_at)") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM user_feed") == feeds);
}

TEST_CASE("a world appended at the same time as another one takes different ids") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto end = now();
  auto world = seed::generate_world({50, 200, 300, 100, 1, end});
  seed::load_bulk(owner_of(fresh), world, small_parts());
  world.shape.seed = 2;  // other handles, the same ids
  const auto report = seed::append(db, world, {});
  CHECK(report.users == 50);
  CHECK(report.posts == 200);
  CHECK(report.likes == 100);
  CHECK(fresh.execute("SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY "
                      "id) AS back FROM posts) x WHERE back") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM likes l JOIN posts p ON p.id = l.post_id WHERE "
                      "l.created_at <= p.created_at") == "0");
}

TEST_CASE("users of a seed are added once") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto world = seed::generate_world({20, 10, 30, 10, 4, now()});
  seed::append(db, world, {});
  try {
    seed::append(db, world, {});
    FAIL("added twice");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "users of seed 4 are there already");
    CHECK(e.hint() == "give another number: --seed 5");
  }
  check_counters(fresh);
}

TEST_CASE("an append interrupted anywhere resumes where it was, without duplicates") {
  const support::FreshDatabase fresh, whole;
  store::Database db(owner_of(fresh)), other(owner_of(whole));
  const seed::Shape shape{60, 150, 400, 300, 5, now()};
  // The first ids are taken already, so the append must keep the ids that it chose.
  auto taken = seed::generate_world({20, 150, 30, 100, 5, shape.now});
  taken.shape.seed = 1;
  for (auto* to : {&db, &other}) seed::append(*to, taken, {});
  const auto all_at_once = seed::append(other, seed::plan_append(other, shape).world, {});
  REQUIRE(all_at_once.likes > 0);

  seed::AppendOptions options;
  options.rows_per_transaction = 37;
  struct Power {};
  int runs = 0;
  for (bool done = false; !done && runs < 100; ++runs) {
    // Neither a later time nor newly popular users change the data.
    auto later = shape;
    later.now += std::chrono::seconds{runs};
    auto plan = seed::plan_append(db, later);
    CHECK(plan.is_resumed == (runs > 0));
    int steps = 0;
    options.on_rows = [&](std::size_t rows) {
      if (rows > 0 && ++steps == 2) throw Power{};  // killed after the commit
      return true;
    };
    try {
      done = !seed::append(db, std::move(plan.world), options).stopped;
    } catch (const Power&) {
    }
  }
  CHECK(runs > 5);
  CHECK(runs < 100);
  for (const char* table : {"users", "posts", "follows", "likes", "events"}) {
    INFO(table);
    const auto count = std::string("SELECT count(*) FROM ") + table;
    CHECK(fresh.execute(count) == whole.execute(count));
  }
  for (const auto& [table, key] :
       {std::pair("users", "id"), {"follows", "follower_id, followee_id"}, {"posts", "id"}}) {
    INFO(table);
    CHECK(digest(fresh, table, key) == digest(whole, table, key));
  }
  check_counters(fresh);
  CHECK_THROWS_AS(seed::plan_append(db, shape), Error);
}

TEST_CASE("resuming an append requires the original counts") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const seed::Shape shape{60, 10, 40, 30, 5, now()};
  seed::AppendOptions options;
  options.rows_per_transaction = 20;
  int asked = 0;
  options.on_rows = [&](std::size_t rows) { return rows > 0 || ++asked <= 2; };
  CHECK(seed::append(db, seed::plan_append(db, shape).world, options).stopped);
  auto more = shape;
  more.users = 61;
  try {
    seed::plan_append(db, more);
    FAIL("another world");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "the data of seed 5 is added in part, by other counts");
    CHECK(e.hint() ==
          "to go on: feedctl seed --append --seed 5 --users 60 --posts 10 --follows 40 --likes 30");
  }
  const auto plan = seed::plan_append(db, shape);
  CHECK(plan.rows_done == 40);
  seed::append(db, plan.world, {});
  CHECK(fresh.execute("SELECT count(*) FROM users") == "60");
}

TEST_CASE("an append brings the views and pages of its world") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  seed::Shape shape{60, 100, 300, 200, 5, now()};
  shape.views = 3000;
  shape.pages = 4;
  const auto report = seed::append(db, seed::plan_append(db, shape).world, {});
  CHECK(report.pages == 4);
  CHECK(fresh.execute("SELECT sum(view_count) || ' ' || sum(base) FROM post_views") == "3000 3000");
  CHECK(fresh.execute("SELECT count(*) FROM pages") == "4");
  check_counters(fresh);
}

TEST_CASE("pages of an append come once, also alone") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  seed::Shape shape{60, 10, 40, 30, 5, now()};
  shape.pages = 4;
  seed::AppendOptions options;
  int steps = 0;
  options.on_rows = [&](std::size_t rows) {
    constexpr int last = 4;  // likes
    if (rows > 0 && ++steps == last) seed::append(db, seed::plan_append(db, shape).world, {});
    return true;
  };
  try {
    seed::append(db, seed::plan_append(db, shape).world, options);
    FAIL("two processes have finished one append");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::lock_held);
  }
  CHECK(fresh.execute("SELECT count(*) FROM pages") == "4");

  seed::Shape alone;
  alone.seed = 6;
  alone.now = now();
  alone.pages = 3;
  CHECK(seed::append(db, seed::plan_append(db, alone).world, {}).pages == 3);
  CHECK(fresh.execute("SELECT count(*) FROM pages") == "7");
  CHECK_THROWS_AS(seed::plan_append(db, alone), Error);
}

TEST_CASE("an append that an older feedctl began is not continued") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const seed::Shape shape{60, 10, 40, 30, 5, now()};
  seed::AppendOptions options;
  options.rows_per_transaction = 20;
  int asked = 0;
  options.on_rows = [&](std::size_t rows) { return rows > 0 || ++asked <= 2; };
  CHECK(seed::append(db, seed::plan_append(db, shape).world, options).stopped);
  fresh.execute("UPDATE seed_appends SET generator = 1");
  try {
    seed::plan_append(db, shape);
    FAIL("another world");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) ==
          "the data of seed 5 is added in part, by another version of feedctl");
    CHECK(e.hint() == "go on with that version, or give another number: --seed 6");
  }
}
