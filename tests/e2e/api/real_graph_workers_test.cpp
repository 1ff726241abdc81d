// The real graph with workers that keep rows of its feeds. After every kind of change, as soon as
// no event and no job is waiting, each feed that is read is the one that follows from the history.
// A normal run makes a fifth of the changes and reads a fifth of the feeds; FEEDCTL_LONG=1 reads
// everybody's feed.
#include "e2e/api/real_graph.hpp"
#include "support/long_mode.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::api;
using namespace std::chrono_literals;
using support::long_mode;
using support::rounds;

namespace {

struct RealGraphCluster {
  explicit RealGraphCluster(const char* materialize)
      : settings{{"feed.materialize", materialize}, {"feed.index", "off"}} {
    restart();
  }

  // Server and workers begin anew, as after a change of the configuration.
  void restart(const support::Settings& changed = {}) {
    for (const auto& [key, value] : changed) settings[key] = value;
    workers.reset();
    serve.reset();
    serve.emplace(database, settings);
    auto with_log = settings;
    with_log["bus.kind"] = "postgres";
    workers.emplace(database, 2, with_log);
  }

  HttpClient http() const { return serve->client(); }

  // Every `one_in`th person's feed as one page, which rows can answer, and some page by page to
  // the end; in long mode everybody's.
  void check(const char* after, std::size_t one_in = 30) {
    INFO(after);
    if (long_mode()) one_in = 1;
    REQUIRE(support::eventually(120s, [&] { return support::is_backlog_empty(database); }));
    const auto client = http();
    std::size_t wrong = 0, number = run_random_commands++;
    for (const auto user : graph.users()) {
      if (++number % one_in != 0) continue;
      const auto path = "/v1/feed?user_id=" + std::to_string(user);
      const auto expected = graph.expected_feed(user);
      auto first = expected;
      first.resize(std::min<std::size_t>(first.size(), 100));
      std::vector<std::int64_t> page;
      for (const auto& post : list_member(parse_body(client.get(path + "&limit=100")), "posts")) {
        page.push_back(api::integer_member(post, "id"));
      }
      wrong += page != first;
      if (number % (one_in * 4) == 0)
        wrong += fetch_all_pages(client, path, "posts", 17) != expected;
    }
    CHECK(wrong == 0);
  }

  void check_rows(const char* after) {
    INFO(after);
    REQUIRE(support::eventually(120s, [&] { return support::is_backlog_empty(database); }));
    std::string printed;
    const int found = support::run_verify(database, printed);
    INFO(printed);
    CHECK(found == 0);
  }

  std::int64_t count(const std::string& what) const {
    return std::stoll(database.execute("SELECT count(*) FROM " + what));
  }

  support::FreshDatabase database;
  support::Settings settings;
  RealGraph graph{database};
  std::optional<support::ServerProcess> serve;
  std::optional<support::WorkerProcesses> workers;
  std::size_t run_random_commands = 0;
};

void post_by_random_users(RealGraphCluster& town, unsigned one_in) {
  const auto http = town.http();
  for (const auto user : town.graph.users()) {
    if (town.graph.chance(one_in)) town.graph.post(http, user);
  }
}

void change_posts_and_follows(RealGraphCluster& town) {
  const auto http = town.http();
  post_by_random_users(town, rounds(5U, 1U));
  town.check("posts");
  for (int i = 0; i < rounds(30, 150); ++i) town.graph.remove_post(http, town.graph.random_post());
  town.check("posts were deleted");
  for (int i = 0; i < rounds(40, 200); ++i) {
    const auto who = town.graph.random_user(), whom = town.graph.random_user();
    if (who != whom) town.graph.follow(http, who, whom);
  }
  town.check("follows");
  for (int i = 0; i < rounds(40, 200); ++i) {
    const auto who = town.graph.random_user(), whom = town.graph.random_followee(who);
    if (whom != 0) town.graph.unfollow(http, who, whom);
  }
  town.check("unfollows");
  for (int i = 0; i < rounds(5, 15); ++i) town.graph.delete_user(http, town.graph.random_user());
  town.check("accounts left");
}

// Posts of long ago, of which the log tells now.
void old_posts(RealGraphCluster& town) {
  for (int i = 0; i < rounds(10, 40); ++i) {
    const auto author = town.graph.random_user();
    const auto id = town.database.execute(
        "WITH p AS (INSERT INTO posts (id, author_id, shard, created_at) VALUES "
        "(feedctl_id_at(now() "
        "- interval '70 days') + " +
        std::to_string(i) + ", " + std::to_string(author) +
        ", 0, now() - interval '70 days') RETURNING id) INSERT INTO post_likes (post_id) "
        "SELECT id FROM p RETURNING post_id");
    town.database.execute("INSERT INTO events (type, shard, actor, object) VALUES (5, 0, " +
                          std::to_string(author) + ", " + id + ") RETURNING id");
    town.graph.record_post(std::stoll(id), author);
  }
}

// As if workers had run for long, and seen no jump of the clock.
void settle_clock(RealGraphCluster& town) {
  town.database.execute("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 7200000 RETURNING 1");
}

void retire_old_partitions(RealGraphCluster& town) {
  old_posts(town);
  town.check("old posts");
  const auto floor = town.database.execute("SELECT floor FROM feed_floor");
  settle_clock(town);
  town.restart({{"feed.rows_days", "45"}});
  REQUIRE(support::eventually(
      30s, [&] { return town.database.execute("SELECT floor FROM feed_floor") != floor; }));
  town.check("the floor was raised");
  const auto parts = town.count("feedctl_feed_parts()");
  town.database.execute(
      "UPDATE feed_floor SET raised_at = now() - interval '2 minutes' RETURNING 1");
  town.restart();
  REQUIRE(support::eventually(30s, [&] { return town.count("feedctl_feed_parts()") < parts; }));
  town.check("a part was retired");
}

void lose_rows_and_rebuild(RealGraphCluster& town) {
  REQUIRE(support::eventually(120s, [&] { return support::is_backlog_empty(town.database); }));
  town.database.execute("DELETE FROM user_feed WHERE post_id % 3 = 0; SELECT 1");
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + town.database.url().reveal(), "FEEDCTL_CONFIG"};
  const auto done = support::run_feedctl({"rebuild-feed", "--all", "-o", "json"}, run);
  INFO(done.err);
  REQUIRE(done.exit_code == 0);
  CHECK(integer_member(json::parse(done.out), "rows_added") > 0);
  town.check("rebuild-feed");
}

// The most followed authors have fan-out on read from their next post on. A higher threshold later
// does not change that.
void change_merge_threshold(RealGraphCluster& town) {
  town.restart({{"feed.fanout_max_followers", "60"}});
  post_by_random_users(town, rounds(4U, 2U));
  town.check("some authors are merged");
  CHECK(town.count("feed_pull") > rounds(2, 5));
  town.restart({{"feed.fanout_max_followers", "50000"}});
  post_by_random_users(town, rounds(12U, 3U));
  town.check("the threshold was raised again");
}

}  // namespace

TEST_CASE(
    "with rows for all users, every feed of the real graph equals the defining query after every "
    "change") {
  RealGraphCluster town("all");
  change_posts_and_follows(town);
  town.check_rows("posts and follows");
  lose_rows_and_rebuild(town);
  retire_old_partitions(town);
  change_merge_threshold(town);
  town.check_rows("everything");
  town.check("everything", 10);
  CHECK(town.count("feed_state WHERE state = 2") ==
        static_cast<std::int64_t>(town.graph.users().size()));
}

TEST_CASE(
    "with rows for active readers only, every feed of the real graph equals the defining query") {
  RealGraphCluster town("active");
  change_posts_and_follows(town);
  const auto readers = town.count("feed_state WHERE state = 2");
  CHECK(readers > 0);
  // Nobody has read for long: rows are kept no more, posts pass by, and who reads again is back.
  town.database.execute("UPDATE feed_state SET seen_at = now() - interval '40 days'; SELECT 1");
  settle_clock(town);
  town.restart();
  REQUIRE(support::eventually(30s, [&] { return town.count("feed_state WHERE state > 0") == 0; }));
  post_by_random_users(town, rounds(8U, 2U));
  town.check("readers came back");
  post_by_random_users(town, rounds(8U, 2U));
  town.check("posts for those who came back");
  lose_rows_and_rebuild(town);
  change_merge_threshold(town);
  town.check_rows("everything");
  town.check("everything", 10);
  CHECK(town.count("feed_state WHERE state = 2") > readers / 2);
}
