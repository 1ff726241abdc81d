// feedctl flush-views as an operator, a timer or systemd runs it.
#include <signal.h>

#include <filesystem>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::eventually;
using support::integer_in;

namespace {

// Three posts and two contents; Redis writes each command at once, so no run waits.
struct FlushViewsFixture {
  support::FreshDatabase database;
  test::RedisServer redis{{"--appendonly", "yes", "--appendfsync", "always"}};

  FlushViewsFixture() {
    database.execute(
        "INSERT INTO posts (id, shard, text) SELECT n, 0, 'x' FROM generate_series(1, 3) n");
    database.execute(
        "INSERT INTO contents (id, type, title) SELECT n, 'video', 'v' FROM generate_series(1, 2) "
        "n");
  }

  support::RunOptions run_options() const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                           "FEEDCTL_REDIS_URL=" + redis.url(), "JOURNAL_STREAM"};
    return options;
  }
  support::RunResult run(std::vector<std::string> arguments = {},
                         const std::vector<std::string>& environment = {}) const {
    arguments.insert(arguments.begin(), "flush-views");
    auto options = run_options();
    for (const auto& setting : environment) {  // in place of one of the same name
      const auto name = setting.substr(0, setting.find('=') + 1);
      std::erase_if(options.environment,
                    [&](const std::string& other) { return other.rfind(name, 0) == 0; });
      options.environment.push_back(setting);
    }
    return support::run_feedctl(arguments, options);
  }
  json::Value report(std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.end(), {"-o", "json"});
    const auto result = run(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.out);
  }

  // As `serve` records one of today.
  void add_view(Id post, Id user) const {
    const auto day =
        database.execute("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
    redis.cli("RPUSH views:pending " + day + " " + std::to_string(post) + " " +
              std::to_string(user));
  }
  void add_impressions(Id content, int count) const {
    redis.cli("SADD views:labels pages.videocontent");
    redis.cli("HINCRBY views:counter:pages.videocontent " + std::to_string(content) + " " +
              std::to_string(count));
  }
  std::string views() const {
    return database.execute(
        "SELECT coalesce(string_agg(post_id || ':' || view_count, ' ' ORDER BY post_id), '') FROM "
        "post_views");
  }
  std::string seen_rows() const { return database.execute("SELECT count(*) FROM post_view_seen"); }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// The lines of a metric, from its help to its last value.
std::string family(const std::string& text, const std::string& name) {
  const auto begin = text.find("# HELP " + name + " ");
  if (begin == std::string::npos) return "no " + name;
  return text.substr(begin, text.find("# HELP ", begin + 1) - begin);
}

// The lock of a flush, held by another session until the end.
class HeldLock {
 public:
  explicit HeldLock(const support::FreshDatabase& database) : database_(database) {
    REQUIRE(eventually([&] { return database_.execute("SELECT count(*)" + holders) == "1"; }));
  }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock() { release(); }
  void release() {
    if (!holder_.joinable()) return;
    database_.execute("SELECT pg_terminate_backend(pid)" + holders);
    holder_.join();
  }

 private:
  inline static const std::string holders =
      " FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM "
      "pg_database WHERE datname = current_database())";

  const support::FreshDatabase& database_;
  std::thread holder_{[this] {
    try {
      database_.execute(
          "SELECT pg_advisory_lock(hashtextextended('feedctl.flush_views', 0)), pg_sleep(600)");
    } catch (const Error&) {
      // release() ends its session.
    }
  }};
};

}  // namespace

TEST_CASE("flush-views moves what waits, and reports it as one JSON object") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.add_view(1, 8);
  world.add_view(2, 7);
  world.add_impressions(1, 5);
  const auto report = world.report();
  CHECK(integer_in(report, "batches") == 2);
  CHECK(integer_in(report, "posts") == 2);
  CHECK(integer_in(report, "views") == 3);
  CHECK(integer_in(report, "contents") == 1);
  CHECK(integer_in(report, "impressions") == 5);
  for (const auto* name : {"repeated", "expired", "orphaned", "dropped", "recovered", "waiting",
                           "failed", "rollbacks", "restarts", "lost_window_ms"}) {
    INFO(name);
    CHECK(integer_in(report, name) == 0);
  }
  CHECK(world.views() == "1:2 2:1");
  CHECK(world.database.execute("SELECT counter FROM contents WHERE id = 1") == "5");
  CHECK(integer_in(world.report(), "batches") == 0);
  CHECK(world.views() == "1:2 2:1");
}

TEST_CASE("flush-views logs the lines that operators search for") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.add_view(2, 7);
  const auto result = world.run();
  INFO(result.err);
  CHECK(result.exit_code == 0);
  for (const auto* line :
       {"Redis connected successfully",
        "Starting views synchronization from Redis to PostgreSQL...",
        "Found 2 posts with views in Redis", "Sync completed: 1 successful, 0 errors"}) {
    INFO(line);
    CHECK(contains(result.err, line));
  }
  CHECK_FALSE(contains(world.run({"--quiet"}).err, "Sync completed"));
}

TEST_CASE("flush-views --dry-run counts what waits and moves nothing") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.add_view(2, 7);
  world.add_impressions(1, 5);
  world.add_impressions(2, 5);
  const auto report = world.report({"--dry-run"});
  CHECK(integer_in(report, "views") == 2);
  CHECK(integer_in(report, "contents") == 2);
  CHECK(integer_in(report, "batches") == 0);
  CHECK(world.views().empty());
  CHECK(world.redis.cli("LLEN views:pending") == "6");
  CHECK(world.database.execute("SELECT count(*) FROM view_epoch") == "0");
  CHECK(world.run({"--dry-run", "--every", "1s"}).exit_code == 64);
}

TEST_CASE("flush-views ends with 75 while another one holds the lock") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  HeldLock lock(world.database);
  const auto result = world.run();
  CHECK(result.exit_code == 75);
  CHECK(contains(result.err, "another flush-views is running"));
  CHECK(world.views().empty());
  CHECK(world.run({"--dry-run"}).exit_code == 0);
  lock.release();
  CHECK(world.run().exit_code == 0);
  CHECK(world.views() == "1:1");
}

TEST_CASE("flush-views ends with 78 where Redis may lose counters, and says what to set") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.redis.cli("CONFIG SET appendonly no");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, std::vector<std::string>{"--every", "1s"}}) {
    const auto result = world.run(arguments);
    INFO(result.err);
    CHECK(result.exit_code == 78);
    CHECK(contains(result.err, "append-only file"));
    CHECK(contains(result.err, "CONFIG SET appendonly yes"));
    CHECK(contains(result.err, "--allow-lossy"));
  }
  CHECK(world.redis.cli("LLEN views:pending") == "3");
  CHECK(world.run({"--allow-lossy"}).exit_code == 0);
  CHECK(world.views() == "1:1");
}

TEST_CASE("flush-views ends with 78 without a Redis, and with 69 where it does not answer") {
  FlushViewsFixture world;
  const auto without = world.run({}, {"FEEDCTL_REDIS_URL="});
  CHECK(without.exit_code == 78);
  CHECK(contains(without.err, "neither views.redis_url nor redis.url is set"));
  world.add_view(1, 7);
  world.redis.make_unreachable();
  CHECK(world.run().exit_code == 69);
  world.redis.make_reachable();
  CHECK(world.run().exit_code == 0);
  CHECK(world.views() == "1:1");
}

TEST_CASE("flush-views takes the counters' own Redis where one is set") {
  FlushViewsFixture world;
  const test::RedisServer cache;
  world.add_view(1, 7);
  const auto result =
      world.run({}, {"FEEDCTL_REDIS_URL=" + cache.url(), "COUNTER_REDIS_URL=" + world.redis.url()});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(world.views() == "1:1");
  CHECK(cache.cli("EXISTS views:epoch") == "0");
}

TEST_CASE("flush-views refuses the counters of another installation") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.redis.cli("SET feedctl:installation another/1");
  CHECK(world.run().exit_code == 69);
  CHECK(world.views().empty());
  CHECK(world.redis.cli("LLEN views:pending") == "3");
}

TEST_CASE("flush-views refuses a database of an older schema") {
  FlushViewsFixture world;
  world.add_view(1, 7);
  world.database.execute(
      "DELETE FROM schema_migrations WHERE version = (SELECT max(version) FROM schema_migrations)");
  const auto result = world.run();
  CHECK(result.exit_code == 69);
  CHECK(contains(result.err, "feedctl migrate up"));
  CHECK(world.redis.cli("LLEN views:pending") == "3");
}

TEST_CASE("flush-views writes a file for node_exporter, whole or not at all") {
  FlushViewsFixture world;
  const support::TempFolder folder;
  const auto file = folder.path() / "feedctl_views.prom";
  world.add_view(1, 7);
  CHECK(world.run({"--textfile", file.string()}).exit_code == 0);
  const auto text = support::read_file(file);
  CHECK(contains(text, "feedctl_views_flushed_total{result=\"views\"} 1\n"));
  CHECK(contains(text, "feedctl_views_flush_last_success_timestamp_seconds "));
  CHECK(contains(text, "feedctl_views_pending 0\n"));
  CHECK_FALSE(contains(text, "process_"));
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    names.insert(entry.path().filename());
  CHECK(names == std::set<std::string>{"feedctl_views.prom"});

  world.redis.make_unreachable();
  CHECK(world.run({"--textfile", file.string()}).exit_code == 69);
  // What the failed run does not know stays as it was.
  const auto after_failure = support::read_file(file);
  CHECK(contains(after_failure, "feedctl_job_exit_code{command=\"flush-views\"} 69\n"));
  CHECK(
      contains(after_failure, family(text, "feedctl_views_flush_last_success_timestamp_seconds")));
  CHECK(contains(after_failure, family(text, "feedctl_job_last_success_timestamp_seconds")));
  CHECK(contains(after_failure, family(text, "feedctl_views_flushed_total")));
  world.redis.make_reachable();
  const auto nowhere = world.run({"--textfile", (folder.path() / "no" / "file").string()});
  CHECK(nowhere.exit_code == 1);
  CHECK(contains(nowhere.err, "cannot write"));
}

TEST_CASE("flush-views --every flushes again and again, and once more when it is stopped") {
  FlushViewsFixture world;
  auto options = world.run_options();
  support::BackgroundProcess daemon({support::feedctl_binary(), "flush-views", "--every", "100ms"},
                                    options);
  for (int user = 1; user <= 3; ++user) {
    world.add_view(1, user);
    REQUIRE(eventually([&] { return world.views() == "1:" + std::to_string(user); }));
  }
  daemon.signal(SIGTERM);
  CHECK(daemon.wait(60s) == 0);
  CHECK(contains(daemon.output(), "stopped"));
}

TEST_CASE("flush-views --every goes on where it cannot write its metrics") {
  FlushViewsFixture world;
  const support::TempFolder folder;
  const auto options = world.run_options();
  support::BackgroundProcess daemon({support::feedctl_binary(), "flush-views", "--every", "100ms",
                                     "--textfile", (folder.path() / "no" / "file").string()},
                                    options);
  REQUIRE(daemon.wait_for_line("the metrics are not written", 120s));
  world.add_view(1, 1);
  CHECK(eventually([&] { return world.views() == "1:1"; }));
  CHECK(daemon.stop() == 0);
}

TEST_CASE("a signal makes flush-views --every flush what waits, and end") {
  FlushViewsFixture world;
  world.add_view(1, 1);
  const auto options = world.run_options();
  support::BackgroundProcess daemon({support::feedctl_binary(), "flush-views", "--every", "1h"},
                                    options);
  REQUIRE(eventually([&] { return world.views() == "1:1"; }));
  // The next run is an hour away.
  world.add_view(2, 1);
  daemon.signal(SIGTERM);
  CHECK(daemon.wait(60s) == 0);
  CHECK(world.views() == "1:1 2:1");
  CHECK(world.redis.cli("EXISTS views:pending views:batches") == "0");
}

TEST_CASE("flush-views --every waits for a Redis that is away, and counts what it kept") {
  FlushViewsFixture world;
  world.add_view(1, 1);
  world.redis.make_unreachable();
  const auto options = world.run_options();
  support::BackgroundProcess daemon({support::feedctl_binary(), "flush-views", "--every", "100ms"},
                                    options);
  REQUIRE(daemon.wait_for_line("views are not flushed", 120s));
  world.redis.make_reachable();
  CHECK(eventually([&] { return world.views() == "1:1"; }));
  CHECK(daemon.stop() == 0);
}

TEST_CASE("two flushing daemons count each view once") {
  FlushViewsFixture world;
  const auto options = world.run_options();
  const std::vector<std::string> command{support::feedctl_binary(), "flush-views", "--every",
                                         "100ms"};
  support::BackgroundProcess first(command, options), second(command, options);
  for (int user = 1; user <= 40; ++user) world.add_view(1 + user % 3, user);
  CHECK(eventually([&] { return world.seen_rows() == "40"; }));
  CHECK(first.stop() == 0);
  CHECK(second.stop() == 0);
  CHECK(world.views() == "1:13 2:14 3:13");
}
