// feedctl warm-cache as an operator runs it, over a real PostgreSQL and a real Redis.
#include <signal.h>

#include <sstream>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

// Ten people with three posts each; every reader follows everybody; the first five are active.
constexpr const char* small_world = R"(
  INSERT INTO users (id, handle, shard) SELECT n, 'user' || n, 0 FROM generate_series(1, 10) n;
  INSERT INTO user_stats (user_id) SELECT n FROM generate_series(1, 10) n ON CONFLICT DO NOTHING;
  INSERT INTO posts (author_id, shard, text)
    SELECT 1 + n % 10, 0, 'post ' || n FROM generate_series(1, 30) n;
  INSERT INTO post_likes (post_id) SELECT id FROM posts;
  INSERT INTO follows (follower_id, followee_id)
    SELECT a, b FROM generate_series(1, 10) a, generate_series(1, 10) b WHERE a <> b;
  INSERT INTO feed_state (user_id, state) SELECT n, 2 FROM generate_series(1, 5) n;
  INSERT INTO user_feed (user_id, post_id, author_id)
    SELECT s.user_id, p.id, p.author_id FROM feed_state s, posts p WHERE p.author_id <> s.user_id;
  UPDATE feed_state SET seen_at = now() - interval '1 day' WHERE user_id = 5;
)";

struct WarmCacheFixture {
  support::FreshDatabase database;
  test::RedisServer redis;

  WarmCacheFixture() { database.execute(small_world); }

  support::RunResult run_warm_cache(std::vector<std::string> arguments = {},
                                    bool with_redis = true) const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                           "FEEDCTL_HOT_REFRESH_WINDOW=0"};
    if (with_redis) options.environment.push_back("FEEDCTL_REDIS_URL=" + redis.url());
    arguments.insert(arguments.begin(), {"warm-cache", "-o", "json"});
    return support::run_feedctl(arguments, options);
  }
};

// "filled/there" of each row of the answer.
std::string counts(const support::RunResult& result, const char* filled = "filled") {
  std::string text;
  const auto rows = json::parse(result.out);
  for (const auto& row : support::items_of(rows)) {
    text += std::to_string(support::integer_in(row, filled)) + "/" +
            std::to_string(support::integer_in(row, "there")) + " ";
  }
  return text;
}

}  // namespace

TEST_CASE("warm-cache fills the ranking, the lists of authors and late readers, and view totals") {
  WarmCacheFixture world;
  const auto first = world.run_warm_cache();
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK(counts(first) == "1/0 10/0 4/0 30/0 ");
  CHECK(world.redis.cli("EXISTS hotfeed:feed:hot:1000") == "1");
  CHECK(world.redis.cli("HEXISTS user:3:posts body") == "1");
  CHECK(world.redis.cli("HEXISTS feed:4 body") == "1");
  CHECK(world.redis.cli("EXISTS feed:5") == "0");
  CHECK(world.redis.cli("GET post:" + world.database.execute("SELECT max(id) FROM posts") +
                        ":total") == "0");
  CHECK(counts(world.run_warm_cache()) == "0/1 0/10 0/4 0/30 ");
  world.redis.cli("DEL feed:2");
  CHECK(counts(world.run_warm_cache()) == "0/1 0/10 1/3 0/30 ");
}

TEST_CASE("warm-cache --dry-run counts and writes nothing") {
  WarmCacheFixture world;
  const auto dry = world.run_warm_cache({"--dry-run"});
  CHECK(dry.exit_code == 0);
  CHECK(counts(dry, "missing") == "1/0 10/0 4/0 30/0 ");
  // It writes the installation's id, as every user of Redis does, and no entry for readers.
  for (const auto* keys : {"hotfeed:*", "feed:*", "user:*", "post:*"})
    CHECK(world.redis.cli(std::string("KEYS ") + keys) == "");
}

TEST_CASE(
    "warm-cache treats entries that serve would not use as missing: of another epoch, or an old "
    "ranking") {
  WarmCacheFixture world;
  REQUIRE(counts(world.run_warm_cache()) == "1/0 10/0 4/0 30/0 ");
  world.redis.cli("SET feedctl:epoch another");
  CHECK(counts(world.run_warm_cache({"--dry-run"}), "missing") == "0/1 10/0 4/0 0/30 ");
  CHECK(world.redis.cli("HEXISTS feed:4 body") == "1");
  CHECK(counts(world.run_warm_cache()) == "0/1 10/0 4/0 0/30 ");
  CHECK(counts(world.run_warm_cache()) == "0/1 0/10 0/4 0/30 ");

  world.redis.cli("SET hotfeed:feed:hot:1000:dirty another");
  CHECK(counts(world.run_warm_cache({"--dry-run"}), "missing") == "1/0 0/10 0/4 0/30 ");
  CHECK(world.redis.cli("GET hotfeed:feed:hot:1000:dirty") == "another");
  CHECK(counts(world.run_warm_cache()) == "1/0 0/10 0/4 0/30 ");
  CHECK(counts(world.run_warm_cache()) == "0/1 0/10 0/4 0/30 ");
  world.redis.cli("HSET hotfeed:feed:hot:1000 body nonsense");
  CHECK(counts(world.run_warm_cache()) == "1/0 0/10 0/4 0/30 ");
}

TEST_CASE("without Redis warm-cache brings readers into the memory of servers, and says so") {
  WarmCacheFixture world;
  const support::ServerProcess serve(world.database, {{"log.level", "info"}});
  const auto told = [&] {
    return world.database.execute(
        "SELECT string_agg(object::text, ' ') FROM events WHERE type = 12");
  };
  const auto dry = world.run_warm_cache({"--dry-run"}, false);
  CHECK(dry.exit_code == 0);
  CHECK(told().empty());
  const auto result = world.run_warm_cache({"--readers", "3"}, false);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("redis.url is not set") != std::string::npos);
  CHECK(json::parse(result.out).array()->empty());
  CHECK(told() == "3");
  CHECK(support::eventually(
      [&] { return serve.output().find("\"readers\":3") != std::string::npos; }));
}

TEST_CASE("warm-cache respects the given number of posts and readers and the given rate") {
  WarmCacheFixture world;
  const auto begin = std::chrono::steady_clock::now();
  CHECK(counts(world.run_warm_cache({"--posts", "3", "--readers", "2", "--rate", "10"})) ==
        "1/0 3/0 2/0 3/0 ");
  CHECK(std::chrono::steady_clock::now() - begin >= 500ms);
  CHECK(counts(world.run_warm_cache({"--posts", "0", "--readers", "0"})) == "0/1 0/0 0/0 0/0 ");
}

TEST_CASE("warmed entries are used by a running server without a recompute") {
  WarmCacheFixture world;
  const support::ServerProcess serve(world.database,
                                     {{"redis.url", world.redis.url()}, {"feed.index", "off"}});
  REQUIRE(world.run_warm_cache().exit_code == 0);
  const auto http = serve.client();
  CHECK(http.get("/v1/feed/hot").status == 200);
  CHECK(http.get("/v1/feed?user_id=1").status == 200);
  const auto metrics = http.get("/metrics").body;
  const auto value = [&](const std::string& name) {
    std::istringstream lines(metrics);
    for (std::string line; std::getline(lines, line);) {
      if (line.compare(0, name.size() + 1, name + " ") == 0) return line.substr(name.size() + 1);
    }
    return std::string("none");
  };
  CHECK((value("feedctl_hot_recomputes_total") == "0" ||
         value("feedctl_hot_recomputes_total") == "none"));
  CHECK(value("feedctl_cache_requests_total{cache=\"redis\",result=\"fresh\"}") == "2");
}

TEST_CASE("warm-cache says that another one is at work, and that Redis does not answer") {
  WarmCacheFixture world;
  std::thread holder([&] {
    try {
      world.database.execute(
          "SELECT pg_advisory_lock(hashtextextended('feedctl.warm_cache', 0)), pg_sleep(600)");
    } catch (const Error&) {
      // Its session is ended below.
    }
  });
  const std::string holders =
      " FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM "
      "pg_database WHERE datname = current_database())";
  CHECK(support::eventually(
      [&] { return world.database.execute("SELECT count(*)" + holders) == "1"; }));
  CHECK(world.run_warm_cache().exit_code == 75);
  world.database.execute("SELECT pg_terminate_backend(pid)" + holders);
  holder.join();
  world.redis.kill();
  CHECK(world.run_warm_cache().exit_code == 69);
}

TEST_CASE("warm-cache stops between two entries when asked to") {
  WarmCacheFixture world;
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + world.database.url().reveal(), "FEEDCTL_CONFIG",
                         "FEEDCTL_REDIS_URL=" + world.redis.url()};
  support::BackgroundProcess running({support::feedctl_binary(), "warm-cache", "--rate", "2"},
                                     options);
  while (world.redis.cli("EXISTS user:1:posts user:2:posts user:3:posts user:10:posts") == "0") {
    REQUIRE(running.is_running());
    std::this_thread::sleep_for(20ms);
  }
  running.signal(SIGINT);
  CHECK(running.wait(60s) == 130);
  CHECK(running.output().find("run it again for the rest") != std::string::npos);
}
