// feedctl stats and size against a seeded database and a Redis.
#include "operations/stats.hpp"

#include <cmath>
#include <stdexcept>

#include "base/json.hpp"
#include "operations/size_compare.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/redis_server.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using namespace feedctl::operations;
using support::integer_in;

namespace {

store::Options database_options(const support::FreshDatabase& database) {
  store::Options options;
  options.url = database.url();
  options.statement_timeout = std::chrono::milliseconds{0};
  return options;
}

// The groups whose rows are those of one table.
constexpr const char* plain_groups[] = {"users", "follows", "posts", "likes", "events"};

const json::Value& group_in(const json::Value& report, std::string_view name) {
  for (const auto& group : *report.find("groups")->array()) {
    if (*group.find("name")->text() == name) return group;
  }
  throw std::runtime_error("there is no group " + std::string(name));
}

// An autovacuum in between may add some pages.
bool is_near(std::int64_t bytes, const std::string& expected) {
  const auto other = std::stod(expected);
  return std::abs(static_cast<double>(bytes) - other) < other / 10;
}

json::Value parsed(const support::RunResult& result) {
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.out);
}

}  // namespace

TEST_CASE("stats --exact gives the rows that are there, without a Redis") {
  const test::VerifyFixture fixture;
  const auto report = parsed(fixture.feedctl({"stats", "--exact", "-o", "json"}));
  for (const auto* name : plain_groups) {
    INFO(name);
    const auto& group = group_in(report, name);
    CHECK(std::to_string(integer_in(group, "rows")) ==
          fixture.sql("SELECT count(*) FROM " + std::string(name)));
    CHECK(*group.find("exact")->boolean());
  }
  CHECK(std::to_string(integer_in(group_in(report, "feed_rows"), "rows")) ==
        fixture.sql("SELECT (SELECT count(*) FROM user_feed) + (SELECT count(*) FROM feed_state)"));
  CHECK(is_near(integer_in(report, "database_bytes"),
                fixture.sql("SELECT pg_database_size(current_database())")));
  CHECK_FALSE(*report.find("redis")->find("configured")->boolean());
}

TEST_CASE("the bytes of the groups are those of all tables, partitions and indexes included") {
  const test::VerifyFixture fixture;
  store::Database database(database_options(fixture.database));
  const auto report = collect_stats(database, {});
  std::int64_t bytes = 0;
  for (const auto& group : sum_by_group(report.tables)) bytes += group.bytes();
  CHECK(is_near(bytes, fixture.sql("SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
                                   " WHERE relnamespace = 'public'::regnamespace AND relkind = "
                                   "'r'")));
  CHECK(report.rows_of("posts") == 600);  // the load has analyzed the table
}

TEST_CASE("stats shows events, jobs and dead events that wait, and counts up to a bound") {
  const support::FreshDatabase database;
  database.execute(
      "INSERT INTO events (type, shard, actor, object) SELECT 1, 3, 1, n FROM generate_series(1, 7)"
      " n");
  database.execute("INSERT INTO jobs (kind, lane, subject) VALUES ('test', 0, 1), ('test', 1, 2)");
  database.execute(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, created_at)"
      " VALUES ('test', 0, 1, '{}', 1, 0, 'broken', now())");
  store::Database connection(database_options(database));
  StatsOptions options;
  const auto report = collect_stats(connection, options);
  std::int64_t waiting = 0;
  for (const auto& slot : report.backlog) {
    if (slot.consumer == "work") CHECK(slot.events == (slot.slot == 3 ? 7 : 0));
    waiting += slot.events;
  }
  CHECK(waiting >= 7);
  CHECK_FALSE(report.is_backlog_bounded);
  CHECK(report.jobs_waiting == 2);
  CHECK(report.dead_events == 1);
  options.max_backlog = 2;
  CHECK(collect_stats(connection, options).is_backlog_bounded);
}

TEST_CASE("keys of Redis belong to families") {
  CHECK(redis_key_family("feed:17") == "home_feed");
  CHECK(redis_key_family("user:17:posts") == "author_posts");
  CHECK(redis_key_family("post:17:views") == "viewers");
  CHECK(redis_key_family("post:17:total") == "view_totals");
  CHECK(redis_key_family("views:pending") == "view_flush");
  CHECK(redis_key_family("views:dedup:x") == "impression_batches");
  CHECK(redis_key_family("hotfeed:feed:hot:1000") == "hot_feed");
  CHECK(redis_key_family("feedctl:events:3") == "event_streams");
  CHECK(redis_key_family("rate:user.read:7") == "rate_limits");
  CHECK(redis_key_family("somebody's") == "other");
}

TEST_CASE("a sample of Redis says how much each family takes, and is bounded") {
  const test::RedisServer redis;
  redis.cli(
      "EVAL \"for i = 1, 900 do redis.call('SET', 'a:feed:' .. i, string.rep('x', 500)) end\" 0");
  redis.cli("EVAL \"for i = 1, 100 do redis.call('SET', 'foreign' .. i, 'x') end\" 0");
  redis.cli("RPUSH a:views:pending 1 2 3 1 2 4");
  RedisUsageOptions options;
  options.url = redis.url();
  options.prefix = "a:";
  const auto whole = measure_redis(options);
  REQUIRE(whole.has_answered());
  CHECK(whole.is_complete);
  CHECK(whole.views_pending == 2);
  REQUIRE(whole.families.size() == 3);
  CHECK(whole.families[0].name == "home_feed");
  CHECK(whole.families[0].keys == 900);
  CHECK(whole.families[0].bytes > 900 * 500);

  options.max_keys = 200;
  const auto part = measure_redis(options);
  CHECK_FALSE(part.is_complete);
  CHECK(part.sampled == 200);
  CHECK(part.keys == 1001);
  REQUIRE(!part.families.empty());
  CHECK(part.families[0].name == "home_feed");
  CHECK(part.families[0].keys > 700);
  CHECK(part.families[0].keys <= 1001);
}

TEST_CASE("a Redis that does not answer is a note") {
  const support::FreshDatabase database;
  store::Database connection(database_options(database));
  StatsOptions options;
  options.redis.url = options.counter_redis.url = "unix:///nonexistent/redis.sock";
  const auto report = collect_stats(connection, options);
  CHECK(report.redis.is_configured);
  CHECK_FALSE(report.redis.has_answered());
  CHECK_FALSE(report.counter_redis.is_configured);  // it is the same server
  CHECK(report.views_pending() == 0);
}

TEST_CASE("size --compare meets a loaded database") {
  const support::FreshDatabase database;
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  const auto seeded = support::run_feedctl({"seed", "--users", "3k", "--posts", "6k", "--follows",
                                            "60k", "--likes", "60k", "--feeds", "all"},
                                           options);
  INFO(seeded.err);
  REQUIRE(seeded.exit_code == 0);
  const auto rows = parsed(support::run_feedctl({"size", "--compare", "-o", "json"}, options));
  bool has_total = false;
  for (const auto& row : *rows.array()) {
    const auto name = *row.find("group")->text();
    if (name != "total" && name != "likes" && name != "feed_rows") continue;
    has_total = has_total || name == "total";
    INFO(name);
    const auto predicted = static_cast<double>(integer_in(row, "predicted"));
    const auto measured = static_cast<double>(integer_in(row, "measured"));
    CHECK(predicted / measured > 0.85);
    CHECK(predicted / measured < 1.15);
  }
  CHECK(has_total);
}

TEST_CASE("size --live takes the rates from the event log") {
  const support::FreshDatabase database;
  database.execute(
      "INSERT INTO events (type, shard, actor, object, at)"
      " SELECT CASE WHEN n % 3 = 0 THEN 5 ELSE 1 END, 0, 1, n, now() - n * interval '1 minute'"
      " FROM generate_series(1, 120) n");
  store::Database connection(database_options(database));
  const StatsOptions options;
  const auto load = measure_load(connection, collect_stats(connection, options), options);
  CHECK(load.hours > 1.9);
  CHECK(load.hours < 2.5);
  CHECK(std::abs(load.daily.posts - 40.0 * 24 / load.hours) < 1);
  CHECK(std::abs(load.daily.likes - 80.0 * 24 / load.hours) < 1);
  CHECK(load.peak_factor >= 1);
}

TEST_CASE("size says what a plan lacks, and what does not go together") {
  const auto refused = [](const std::vector<std::string>& arguments, const std::string& text) {
    const auto result = support::run_feedctl(arguments);
    INFO(result.err);
    CHECK(result.exit_code == 64);
    CHECK(result.err.find(text) != std::string::npos);
  };
  refused({"size", "--users", "1k"}, "a plan needs");
  refused({"size", "--live", "--compare"}, "two different questions");
  refused({"size", "--live", "--users", "1k"}, "those of a plan");
  refused({"size", "--live", "--days-kept", "90"}, "those of a plan");
  refused({"size", "--compare", "--likes-per-day", "1k"}, "those of a plan");
  refused({"size", "--compare", "--disk", "1GiB"}, "measures sizes only");
  refused({"size", "--users", "1k", "--follows", "1k", "--posts-per-day", "1k", "--disk", "big"},
          "not a size");
}
