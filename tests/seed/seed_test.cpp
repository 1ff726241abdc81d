#include "seed/seed.hpp"

#include <sstream>

#include "base/error.hpp"
#include "seed/fixture_reader.hpp"
#include "seed/graph_reader.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

namespace {

store::Options owner_of(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
  options.url = fresh.owner_url();
  options.statement_timeout = std::chrono::milliseconds{0};
  return options;
}

void check_counters(const support::FreshDatabase& fresh) {
  CHECK(fresh.execute(
            "SELECT count(*) FROM user_stats s WHERE followers <> (SELECT count(*) FROM follows "
            "WHERE followee_id = s.user_id)"
            " OR following <> (SELECT count(*) FROM follows WHERE follower_id = s.user_id)") ==
        "0");
  CHECK(fresh.execute("SELECT count(*) FROM post_likes p WHERE like_count <> (SELECT count(*) FROM "
                      "likes WHERE post_id = p.post_id)") == "0");
  CHECK(fresh.execute("SELECT (SELECT count(*) FROM posts) = (SELECT count(*) FROM post_likes)") ==
        "t");
}

}  // namespace

TEST_CASE("the small world is loaded with consistent counters and events") {
  support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  CHECK(seed::is_empty(db));
  const auto world = seed::small_world(now());
  const auto report = seed::load_world(db, world, {});
  CHECK(report.users == world.users.size());
  CHECK(report.posts == world.posts.size());
  CHECK(report.likes == world.likes.size());
  CHECK(report.follows == world.follows.size());
  CHECK(report.posts >= 30);
  check_counters(fresh);
  CHECK(fresh.execute("SELECT count(*) FROM events") ==
        std::to_string(report.users + report.posts + report.likes + report.follows));
  CHECK(fresh.execute("SELECT bool_and(shard = feedctl_shard(id)) FROM users") == "t");
  // Id order is time order.
  CHECK(fresh.execute("SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY "
                      "id) AS back FROM posts) x WHERE back") == "0");
  CHECK_FALSE(seed::is_empty(db));
}

TEST_CASE("a byte order mark at the start of a graph file is ignored") {
  std::istringstream marked(
      "\xef\xbb\xbf"
      "0 1\r\n1 2\r\n");
  CHECK(seed::read_graph(marked, "edges", true, now()).follows.size() == 2);
}

TEST_CASE(
    "a database with users is not seeded unless forced, and then existing handles are reused") {
  support::FreshDatabase fresh;
  store::Database db(owner_of(fresh));
  std::istringstream triangle("0 1\n1 2\n2 0\n");
  const auto world = seed::read_graph(triangle, "edges", false, now());
  seed::load_world(db, world, {});
  CHECK_THROWS_AS(seed::load_world(db, world, {}), Error);
  seed::LoadOptions force;
  force.force = true;
  const auto again = seed::load_world(db, world, force);
  CHECK(again.users == 0);
  CHECK(again.follows == 0);
  std::istringstream more("2 3\n");
  CHECK(seed::load_world(db, seed::read_graph(more, "edges", true, now()), force).users == 1);
  check_counters(fresh);
}

TEST_CASE("a dry run of seed writes nothing") {
  support::FreshDatabase fresh;
  auto options = owner_of(fresh);
  options.dry_run = true;
  store::Database db(options);
  CHECK(seed::load_world(db, seed::small_world(now()), {}).users > 0);
  CHECK(fresh.execute("SELECT count(*) FROM users") == "0");
}

TEST_CASE("an undirected edge makes both follow, a directed one only the first") {
  std::istringstream edges("# comment\n% comment\n\n 10 2 \r\n2 10\n3 3\n10\t4\n");
  const auto both = seed::read_graph(edges, "edges", false, now());
  CHECK(both.users.size() == 4);  // 2, 3, 4, 10
  CHECK(both.follows.size() == 4);
  CHECK(both.skipped_lines == 2);
  std::istringstream again("10 2\n2 10\n");
  CHECK(seed::read_graph(again, "edges", true, now()).follows.size() == 2);
}

TEST_CASE("an invalid line of a graph file is reported by its number") {
  for (const char* bad : {"0 1\n1\n", "0 1\n1 x\n", "0 1\n1 2 3\n", "0 1\n-1 2\n",
                          "0 1\n1 99999999999\n", "0 1\n1 1000000000\n"}) {
    std::istringstream edges(bad);
    try {
      seed::read_graph(edges, "some.edges", false, now());
      FAIL("accepted: " << bad);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::bad_data);
      CHECK(std::string(e.what()).find("some.edges:2: ") == 0);
    }
  }
}

TEST_CASE("an empty fixture file is reported as empty") {
  for (const char* bare : {"", "\n", "# nobody yet\n"}) {
    INFO(bare);
    try {
      seed::read_fixtures(bare, "f.yaml", now());
      FAIL("accepted");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::bad_data);
      CHECK(std::string(e.what()) == "f.yaml: the file is empty");
    }
  }
}

TEST_CASE("an invalid fixture file is refused with the line of the error") {
  for (const char* bad :
       {"users: 5\n", "nonsense: []\n", "users:\n  - {handle: Bad Handle}\n",
        "users:\n  - {handle: a, hand: b}\n", "users:\n  - {handle: a}\n  - {handle: a}\n",
        "users: [{handle: a}]\nfollows: [{user: a, of: [b]}]\n",
        "users: [{handle: a}]\nfollows: [{user: a, of: [a]}]\n",
        "users: [{handle: a}]\nposts: [{author: a, age: soon}]\n", "users: [\n", "- a\n", "5\n",
        "users: [{handle: a, name: \"\\u200b\"}]\n", "users: [{handle: a, name: \"b\\u202ec\"}]\n",
        "users: [{handle: a}]\nposts: [{author: a, text: \"\\u202e\"}]\n"}) {
    try {
      seed::read_fixtures(bad, "f.yaml", now());
      FAIL("accepted: " << bad);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::bad_data);
      CHECK(std::string(e.what()).find("f.yaml:") == 0);
    }
  }
}
