#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>

#include "base/error.hpp"
#include "seed/bulk.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/process.hpp"

using namespace feedctl;

namespace {

constexpr std::size_t users = 400, posts = 900, follows = 6000, likes = 5000;

seed::Shape shape_of(std::uint64_t number, Time end = now()) {
  return {users, posts, follows, likes, number, end};
}

store::Options owner_of(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.owner_url();
  options.connect_timeout = std::chrono::seconds{30};
  options.application_name = "feedctl.seed";
  options.statement_timeout = std::chrono::milliseconds{0};
  return options;
}

// Few enough rows a part that there are several, and a threshold that some authors pass.
seed::BulkOptions small_parts() {
  seed::BulkOptions options;
  options.active_days = 3;
  options.pull_above = 150;
  options.rows_a_part = 2000;
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
         fresh.execute("SELECT string_agg(author_id::text, ',' ORDER BY author_id) FROM feed_pull");
}

// Keys and indexes with their definitions.
std::string indexes_of(const support::FreshDatabase& fresh) {
  return fresh.execute(
      "SELECT string_agg(indexdef, ';' ORDER BY indexdef) FROM pg_indexes WHERE tablename IN "
      "('users', 'user_stats', 'follows', 'posts', 'post_likes', 'likes')");
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

}  // namespace

TEST_CASE("the same seed and end time give equal worlds, another seed another one") {
  const auto end = now();
  const support::FreshDatabase first, second, third;
  const auto load = [&](const support::FreshDatabase& fresh, std::uint64_t number) {
    const auto world = seed::generate(shape_of(number, end));
    return seed::load_bulk(owner_of(fresh), world, small_parts());
  };
  const auto report = load(first, 7);
  load(second, 7);
  load(third, 8);
  CHECK(report.users == users);
  CHECK(report.posts == posts);
  CHECK(report.follows == follows);
  CHECK(report.likes == likes);
  CHECK(world_of(first) == world_of(second));
  CHECK(world_of(first) != world_of(third));
  CHECK(digest(first, "follows", "follower_id") != digest(third, "follows", "follower_id"));
}

TEST_CASE("a world moved in time is the same one") {
  const auto end = now();
  const auto one = seed::generate(shape_of(3, end));
  const auto two = seed::generate(shape_of(3, end - std::chrono::hours{48}));
  CHECK(one.followees == two.followees);
  CHECK(one.authors == two.authors);
  REQUIRE(one.likes.size() == two.likes.size());
  const auto age = std::chrono::hours{48};
  const auto distance = time_of_id(one.posts[5]) - time_of_id(two.posts[5]);
  CHECK(distance - age <= std::chrono::milliseconds{1});
  CHECK(age - distance <= std::chrono::milliseconds{1});
}

TEST_CASE("a bulk load leaves what the workers would have made, and no events") {
  const support::FreshDatabase fresh, untouched;
  const auto world = seed::generate(shape_of(1));
  const auto report = seed::load_bulk(owner_of(fresh), world, small_parts());
  check_counters(fresh);
  CHECK(report.active > 0);
  CHECK(report.active < users);
  CHECK(report.pull_authors > 0);
  CHECK(fresh.execute("SELECT count(*) FROM feed_state WHERE state = 2") ==
        std::to_string(report.active));
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
        std::to_string(report.pull_authors));
  CHECK(fresh.execute("SELECT count(*) FROM events") == "0");
  CHECK(fresh.execute("SELECT bool_and(pg_snapshot_xmax(at) >= pg_snapshot_xmax((SELECT position "
                      "FROM hot_state))) FROM consumers") == "t");
  // Nothing of the load's own is left, and every key and index is there again.
  CHECK(indexes_of(fresh) == indexes_of(untouched));
  CHECK(fresh.execute("SELECT to_regclass('seed_load') IS NULL") == "t");
  CHECK(fresh.execute("SELECT nextval('like_id_sequence')") == std::to_string(likes + 1));
}

TEST_CASE("the parts of a bulk load's feeds follow on each other and reach ahead") {
  const support::FreshDatabase fresh;
  const auto floor = fresh.execute("SELECT min(from_id) FROM feedctl_feed_parts()");
  seed::load_bulk(owner_of(fresh), seed::generate(shape_of(1)), small_parts());
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

TEST_CASE("ids of a generated world are in time order, of the bulk node, and times make sense") {
  const auto end = now();
  const auto world = seed::generate(shape_of(5, end));
  CHECK(std::is_sorted(world.users.begin(), world.users.end()));
  CHECK(std::is_sorted(world.posts.begin(), world.posts.end()));
  CHECK(std::adjacent_find(world.posts.begin(), world.posts.end()) == world.posts.end());
  for (const auto id : world.posts) REQUIRE((id >> 7 & 31) == bulk_node);
  CHECK(time_of_id(world.posts.front()) > end - std::chrono::days{31});
  CHECK(time_of_id(world.posts.back()) <= end);
  CHECK(world.users.back() < world.posts.front());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const auto& like : world.likes) {
    REQUIRE(like.at > time_of_id(world.posts[like.post]));
    pairs.emplace_back(like.user, like.post);
  }
  std::sort(pairs.begin(), pairs.end());
  CHECK(std::adjacent_find(pairs.begin(), pairs.end()) == pairs.end());
}

TEST_CASE("few are followed by many, nobody follows themselves or anyone twice") {
  auto shape = shape_of(2);
  shape.users = 2000;
  shape.follows = 20000;
  const auto world = seed::generate(shape);
  auto counts = world.follower_counts();
  std::sort(counts.begin(), counts.end());
  CHECK(counts.back() >= 20 * std::max(counts[1000], 1U));
  const auto top = std::accumulate(counts.end() - 200, counts.end(), std::size_t{0});
  CHECK(top * 3 > shape.follows);
  for (std::uint32_t user = 0; user < shape.users; ++user) {
    std::vector<std::uint32_t> of(
        world.followees.begin() + static_cast<std::ptrdiff_t>(world.follows_from[user]),
        world.followees.begin() + static_cast<std::ptrdiff_t>(world.follows_from[user + 1]));
    REQUIRE(std::find(of.begin(), of.end(), user) == of.end());
    std::sort(of.begin(), of.end());
    REQUIRE(std::adjacent_find(of.begin(), of.end()) == of.end());
  }
}

TEST_CASE("a world as dense as can be is made, a denser one is refused") {
  const auto world = seed::generate({30, 10, 30 * 29, 300, 1, now()});
  CHECK(world.followees.size() == 30 * 29);
  CHECK(world.likes.size() == 300);
  CHECK_THROWS_AS(seed::generate({30, 10, 30 * 29 + 1, 0, 1, now()}), Error);
  CHECK_THROWS_AS(seed::generate({30, 10, 0, 301, 1, now()}), Error);
  CHECK_THROWS_AS(seed::generate({0, 1, 0, 0, 1, now()}), Error);
}

TEST_CASE("what is added to a running system has one event a row, and readers see sums that fit") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  seed::load_bulk(owner_of(fresh), seed::generate(shape_of(1)), small_parts());
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
  options.step = 100;
  auto shape = shape_of(2);
  shape.users = 100;
  // The same moments again: ids that are taken must make way.
  shape.now = now();
  const auto known = seed::known_people(db);
  CHECK(known.size() == users);
  const auto report = seed::append(db, seed::generate(shape, known), options);
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

TEST_CASE("a world that is added at the very moments of another one takes other ids") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto end = now();
  auto world = seed::generate({50, 200, 300, 100, 1, end});
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

TEST_CASE("people of a seed are added once") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const auto world = seed::generate({20, 10, 30, 10, 4, now()});
  seed::append(db, world, {});
  try {
    seed::append(db, world, {});
    FAIL("added twice");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "people of seed 4 are there already");
    CHECK(e.hint() == "give another number: --seed 5");
  }
  check_counters(fresh);
}

TEST_CASE("an append that was broken off anywhere goes on where it was, and makes no doubles") {
  const support::FreshDatabase fresh, whole;
  store::Database db(owner_of(fresh)), other(owner_of(whole));
  const seed::Shape shape{60, 150, 400, 300, 5, now()};
  // The ids that it would take are taken already, so it must keep those that it chose.
  auto taken = seed::generate({20, 150, 30, 100, 5, shape.now});
  taken.shape.seed = 1;
  for (auto* to : {&db, &other}) seed::append(*to, taken, {});
  const auto all_at_once = seed::append(other, seed::plan_append(other, shape).world, {});
  REQUIRE(all_at_once.likes > 0);

  seed::AppendOptions options;
  options.step = 37;
  struct Power {};
  int runs = 0;
  for (bool done = false; !done && runs < 100; ++runs) {
    // Neither a later time nor who became popular meanwhile changes the world.
    auto later = shape;
    later.now += std::chrono::seconds{runs};
    auto plan = seed::plan_append(db, later);
    CHECK(plan.goes_on == (runs > 0));
    int steps = 0;
    options.on_rows = [&](std::size_t rows) {
      if (rows > 0 && ++steps == 2) throw Power{};  // killed behind the commit
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

TEST_CASE("what is left of an append needs the counts that it began with") {
  const support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  const seed::Shape shape{60, 10, 40, 30, 5, now()};
  seed::AppendOptions options;
  options.step = 20;
  int asked = 0;
  options.on_rows = [&](std::size_t rows) { return rows > 0 || ++asked <= 2; };
  CHECK(seed::append(db, seed::plan_append(db, shape).world, options).stopped);
  auto more = shape;
  more.users = 61;
  try {
    seed::plan_append(db, more);
    FAIL("another world");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "the world of seed 5 is added in part, by other counts");
    CHECK(e.hint() ==
          "to go on: feedctl seed --append --seed 5 --users 60 --posts 10 --follows 40 --likes 30");
  }
  const auto plan = seed::plan_append(db, shape);
  CHECK(plan.rows_in == 40);
  seed::append(db, plan.world, {});
  CHECK(fresh.execute("SELECT count(*) FROM users") == "60");
}

TEST_CASE("a database that holds anything, or is in use, is not loaded in bulk") {
  const support::FreshDatabase fresh;
  const auto world = seed::generate({20, 10, 30, 10, 4, now()});
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

TEST_CASE("a load that is stopped leaves an empty database, as it was") {
  const support::FreshDatabase fresh;
  const auto indexes = indexes_of(fresh);
  const auto parts = fresh.execute("SELECT count(*) FROM feedctl_feed_parts()");
  const auto world = seed::generate(shape_of(1));
  auto options = small_parts();
  std::size_t rows = 0;
  options.on_rows = [&](std::size_t more) { return (rows += more) < 10'000; };
  try {
    seed::load_bulk(owner_of(fresh), world, options);
    FAIL("not stopped");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "stopped; nothing of the load was left");
  }
  CHECK(indexes_of(fresh) == indexes);
  CHECK(fresh.execute("SELECT count(*) FROM feedctl_feed_parts()") == parts);
  CHECK(fresh.execute("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM follows) + "
                      "(SELECT count(*) FROM posts) + (SELECT count(*) FROM likes)") == "0");
  seed::load_bulk(owner_of(fresh), world, small_parts());
  check_counters(fresh);
}

TEST_CASE("a load may be stopped between any two phases, and is whole once it is complete") {
  const auto world = seed::generate(shape_of(1));
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

TEST_CASE("a load that broke off is noticed, and loaded anew when told so") {
  const support::FreshDatabase fresh, untouched;
  const auto world = seed::generate(shape_of(1));
  auto options = small_parts();
  struct Power {};
  // As if the process had ended there: nothing of its own runs any more.
  options.on_phase = [](const std::string& phase) {
    if (phase == "making feeds") throw Power{};
  };
  CHECK_THROWS_AS(seed::load_bulk(owner_of(fresh), world, options), Power);
  options.on_phase = nullptr;
  try {
    seed::load_bulk(owner_of(fresh), world, options);
    FAIL("not noticed");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("was broken off; the database holds part of it") !=
          std::string::npos);
    CHECK(e.hint() == "give --discard to empty the database and load again");
  }
  options.discard = true;
  seed::load_bulk(owner_of(fresh), world, options);
  check_counters(fresh);
  CHECK(indexes_of(fresh) == indexes_of(untouched));
  CHECK(fresh.execute("SELECT count(*) FROM posts") == std::to_string(posts));
}

TEST_CASE("the command takes counts as people write them, and says what it would write") {
  const support::FreshDatabase fresh;
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + fresh.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + fresh.owner_url().reveal()};
  const auto seed = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "seed");
    return support::run_feedctl(words, run);
  };
  for (const char* bad : {"1x", "k", "", "1.5", "1.2345k", "-3", "99999999999"}) {
    INFO(bad);
    CHECK(seed({"--users", bad}).exit_code == 64);
  }
  CHECK(seed({"--users", "10", "--profile", "small"}).exit_code == 64);
  CHECK(seed({"--append"}).exit_code == 64);
  const auto dry = seed({"--users", "0.3k", "--posts", "500", "--follows", "2k", "--likes", "1k",
                         "--dry-run", "--output", "json"});
  INFO(dry.err);
  CHECK(dry.exit_code == 0);
  CHECK(dry.out.find("\"users\":300") != std::string::npos);
  CHECK(fresh.execute("SELECT count(*) FROM users") == "0");
  const auto done = seed({"--users", "0.3k", "--likes", "1k"});
  INFO(done.err);
  CHECK(done.exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) FROM follows") == "3000");
  CHECK(seed({"--users", "300"}).exit_code == 65);
  CHECK(seed({"--users", "30", "--append", "--seed", "9"}).exit_code == 0);
  CHECK(fresh.execute("SELECT count(*) FROM users") == "330");
}
