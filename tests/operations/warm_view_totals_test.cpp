// Warming of view totals by feedctl warm-cache, in the counters' Redis.
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;

namespace {

struct WarmTotalsFixture {
  support::FreshDatabase database;
  test::RedisServer cache, counters;

  // 120 posts; each post's views in PostgreSQL are its id.
  WarmTotalsFixture() {
    database.execute(
        "INSERT INTO posts (id, shard, text) SELECT n, 0, 'x' FROM generate_series(1, 120) n");
    database.execute(
        "INSERT INTO post_views (post_id, view_count, base) SELECT n, n, n FROM generate_series(1, "
        "120) n");
  }
  support::RunResult warm(std::vector<std::string> arguments = {}) const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                           "FEEDCTL_REDIS_URL=" + cache.url(),
                           "COUNTER_REDIS_URL=" + counters.url()};
    arguments.insert(arguments.begin(), "warm-cache");
    return support::run_feedctl(arguments, options);
  }
};

}  // namespace

TEST_CASE("warm-cache sets the totals of the newest hundred posts in the counters' Redis") {
  WarmTotalsFixture world;
  REQUIRE(world.warm().exit_code == 0);
  CHECK(world.counters.cli("GET post:120:total") == "120");
  CHECK(world.counters.cli("GET post:21:total") == "21");
  CHECK(world.counters.cli("EXISTS post:20:total") == "0");
  CHECK(world.cache.cli("EXISTS post:120:total") == "0");
  CHECK(std::stoi(world.counters.cli("TTL post:120:total")) > 86'400);
  // Nobody has viewed a post by that.
  CHECK(world.counters.cli("EXISTS views:pending post:120:views") == "0");
}

TEST_CASE("warm-cache never lowers a total") {
  WarmTotalsFixture world;
  world.counters.cli("SET post:120:total 500");
  world.counters.cli("SET post:119:total 7");
  REQUIRE(world.warm().exit_code == 0);
  CHECK(world.counters.cli("GET post:120:total") == "500");
  CHECK(world.counters.cli("GET post:119:total") == "119");
}

TEST_CASE("warm-cache --dry-run sets no total") {
  WarmTotalsFixture world;
  REQUIRE(world.warm({"--dry-run"}).exit_code == 0);
  CHECK(world.counters.cli("EXISTS post:120:total") == "0");
}
