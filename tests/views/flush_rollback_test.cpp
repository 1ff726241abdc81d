// A Redis that loses counters: one that was emptied or restored is noticed, one that may lose them
// is refused.
#include <stdexcept>

#include "base/error.hpp"
#include "support/armed_failpoints.hpp"
#include "support/catch.hpp"
#include "views/flush.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"
#include "views/retention.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;
using views::FlushOptions;
using views::OnRollback;
using views::ViewRecorder;

namespace {

std::string epoch_in_database(const ViewsFixture& fixture) {
  return fixture.fresh.execute("SELECT epoch FROM view_epoch ORDER BY id DESC LIMIT 1");
}

std::chrono::milliseconds time_of_redis(const ViewsFixture& fixture) {
  return std::chrono::milliseconds(std::stoll(fixture.cli(
      "EVAL \"local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000)\" 0")));
}

// Runs a flush that must be refused, and returns its error.
Error refused(const ViewsFixture& fixture) {
  try {
    fixture.flush();
  } catch (const Error& error) {
    return error;
  }
  FAIL("it was not refused");
  throw std::logic_error("unreachable");
}

}  // namespace

TEST_CASE("an emptied Redis begins a new epoch, and its views count") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  fixture.flush();
  const auto first = epoch_in_database(fixture);
  fixture.cli("FLUSHALL");
  record_one(recorder, 2, 5);  // counted before: the set of viewers is lost
  record_one(recorder, 3, 5);
  const auto report = fixture.flush();
  CHECK(report.rollbacks == 1);
  CHECK(report.views == 1);
  CHECK(report.repeated == 1);
  CHECK(report.failed == 0);
  CHECK(fixture.views_of(5) == 2);
  CHECK(epoch_in_database(fixture) != first);
  CHECK(fixture.cli("GET views:epoch") == epoch_in_database(fixture));
  CHECK(fixture.number("SELECT count(*) FROM view_epoch WHERE NOT established") == 0);
  CHECK(fixture.flush().rollbacks == 0);
}

TEST_CASE("impressions that a rollback made doubtful are dropped, and the ledger has them") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.flush();
  fixture.cli("FLUSHALL");
  add_impressions(fixture, 1, 5);
  add_impressions(fixture, 2, 4);
  const auto report = fixture.flush();
  CHECK(report.rollbacks == 1);
  CHECK(report.dropped == 9);
  CHECK(report.impressions == 0);
  CHECK(report.orphaned == 0);
  CHECK(fixture.counter_of(1) == 7);
  CHECK(fixture.counter_of(2) == 0);
  CHECK(fixture.fresh.execute("SELECT orphaned::text FROM view_flush WHERE batch_id LIKE 't:%'") ==
        R"({"1": 5, "2": 4})");
  CHECK(fixture.batches().empty());
  add_impressions(fixture, 2, 1);
  CHECK(fixture.flush().impressions == 1);
  CHECK(fixture.counter_of(2) == 1);
}

TEST_CASE("a rollback long after the last applied batch makes impressions doubtful, too") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.flush();
  for (int rollback = 0; rollback < 2; ++rollback) {  // epochs of which no batch is applied
    fixture.cli("FLUSHALL");
    CHECK(fixture.flush().rollbacks == 1);
    fixture.fresh.execute("UPDATE view_epoch SET started_at = started_at - interval '30 days'");
  }
  views::prune_epochs(fixture.database, now());
  CHECK(fixture.number("SELECT count(*) FROM view_epoch") == 2);
  fixture.cli("FLUSHALL");
  add_impressions(fixture, 1, 5);
  CHECK(fixture.flush().dropped == 5);
  CHECK(fixture.counter_of(1) == 7);
}

TEST_CASE("doubtful impressions are applied where the options say so") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.flush();
  fixture.cli("FLUSHALL");
  add_impressions(fixture, 1, 5);
  FlushOptions options;
  options.on_rollback = OnRollback::apply;
  const auto report = fixture.flush(options);
  CHECK(report.rollbacks == 1);
  CHECK(report.dropped == 0);
  CHECK(report.impressions == 5);
  CHECK(fixture.counter_of(1) == 12);
}

TEST_CASE("a Redis whose sequence lies behind PostgreSQL's was rolled back") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 1);
  fixture.flush();
  const auto first = epoch_in_database(fixture);
  const auto earlier = fixture.cli("GET views:sequence");
  add_impressions(fixture, 1, 1);
  fixture.flush();
  REQUIRE(std::stoll(fixture.cli("GET views:sequence")) > std::stoll(earlier));
  fixture.cli("SET views:sequence " + earlier);  // as it was between the two
  add_impressions(fixture, 1, 1);
  const auto report = fixture.flush();
  CHECK(report.rollbacks == 1);
  CHECK(report.dropped == 1);
  CHECK(fixture.counter_of(1) == 2);
  CHECK(epoch_in_database(fixture) != first);
  CHECK(fixture.cli("GET views:sequence") == "0");
}

TEST_CASE("a sequence ahead of PostgreSQL's is no rollback") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 1);
  fixture.flush();
  const auto ahead = std::stoll(fixture.cli("GET views:sequence")) + 1'000'000'000;  // ms
  fixture.cli("SET views:sequence " + std::to_string(ahead));
  add_impressions(fixture, 1, 1);
  CHECK(fixture.flush().rollbacks == 0);
  CHECK(fixture.counter_of(1) == 2);
  CHECK(fixture.number("SELECT max_sequence FROM view_epoch") == ahead + 1);
}

TEST_CASE("an epoch that was begun and not established is established by the next run") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.fresh.execute("INSERT INTO view_epoch (epoch) VALUES ('begun')");
  const auto report = fixture.flush();
  CHECK(report.rollbacks == 0);
  CHECK(report.impressions == 7);
  CHECK(fixture.cli("GET views:epoch") == "begun");
  CHECK(fixture.number("SELECT count(*) FROM view_epoch WHERE established") == 1);
}

TEST_CASE("the report bounds what an emptied Redis has lost by the time since the last batch") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.flush();
  const std::chrono::milliseconds last(fixture.number("SELECT max_sequence FROM view_epoch"));
  const auto before = time_of_redis(fixture);
  fixture.cli("FLUSHALL");
  const auto report = fixture.flush();
  CHECK(report.rollbacks == 1);
  CHECK(report.restarts == 0);
  REQUIRE(report.lost_window);
  CHECK(*report.lost_window >= before - last);
  CHECK(*report.lost_window <= time_of_redis(fixture) - last);
  CHECK(fixture.flush().lost_window == 0ms);
}

TEST_CASE("where only views were flushed, a flush that lives on knows what may be lost") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  Flushing daemon(fixture, {});
  record_one(recorder, 2, 5);
  const auto begin = time_of_redis(fixture);
  daemon.flush.run();
  fixture.cli("FLUSHALL");
  const auto report = daemon.flush.run();
  REQUIRE(report.lost_window);
  CHECK(*report.lost_window <= time_of_redis(fixture) - begin);
  fixture.cli("FLUSHALL");
  const auto unknown = fixture.flush();
  CHECK(unknown.rollbacks == 1);
  CHECK(unknown.lost_window == std::nullopt);
}

TEST_CASE("a killed Redis is reported once, with the horizon as the longest time that is lost") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  const auto first = fixture.flush();
  CHECK(first.restarts == 0);
  CHECK(first.lost_window == 0ms);
  fixture.server.kill();
  fixture.server.start();
  const auto durable = fixture.flush();
  CHECK(durable.restarts == 1);
  CHECK(durable.rollbacks == 0);
  CHECK(durable.lost_window == 0ms);  // appendfsync always
  CHECK(fixture.flush().restarts == 0);

  fixture.server.kill();
  fixture.server.start();
  fixture.cli("CONFIG SET appendfsync everysec");
  const auto lossy = fixture.flush();
  CHECK(lossy.restarts == 1);
  REQUIRE(lossy.lost_window);
  CHECK(*lossy.lost_window > 0ms);
  CHECK(*lossy.lost_window <= 3s);
  CHECK(fixture.flush().lost_window == 0ms);
}

#ifdef FEEDCTL_FAILPOINTS
TEST_CASE("a run that ends before it has noted the restart leaves it to the next one") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  fixture.flush();
  fixture.server.kill();
  fixture.server.start();
  {
    const support::ArmedFailpoints points("views.remember.before=error");
    CHECK(refused(fixture).code() == ErrorCode::unavailable);
  }
  CHECK(fixture.flush().restarts == 1);
  CHECK(fixture.flush().restarts == 0);
}
#endif

TEST_CASE("a Redis that may lose counters is refused with what to set, unless that is accepted") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  struct Row {
    std::string setting, restored, reason, hint;
  };
  const Row rows[] = {
      {"appendonly no", "appendonly yes", "append-only file", "CONFIG SET appendonly yes"},
      {"appendfsync no", "appendfsync everysec", "appendfsync no",
       "CONFIG SET appendfsync everysec"},
      {"maxmemory-policy allkeys-lru", "maxmemory-policy noeviction", "allkeys-lru",
       "CONFIG SET maxmemory-policy noeviction"},
      {"maxmemory-policy allkeys-random", "maxmemory-policy volatile-lru", "allkeys-random",
       "CONFIG SET maxmemory-policy noeviction"},
  };
  FlushOptions lossy;
  lossy.allow_lossy = true;
  for (const auto& row : rows) {
    INFO(row.setting);
    REQUIRE(fixture.cli("CONFIG SET " + row.setting) == "OK");
    const auto error = refused(fixture);
    CHECK(error.code() == ErrorCode::config);
    CHECK(std::string(error.what()).find(row.reason) != std::string::npos);
    CHECK(error.hint().find(row.hint) != std::string::npos);
    CHECK(error.hint().find("--allow-lossy") != std::string::npos);
    CHECK(fixture.number("SELECT count(*) FROM view_epoch") == 0);
    REQUIRE(fixture.cli("CONFIG SET " + row.restored) == "OK");
  }
  CHECK(fixture.pending_views() == 1);
  fixture.cli("CONFIG SET appendonly no");
  CHECK(fixture.flush(lossy).views == 1);
}

TEST_CASE("a Redis that does not answer is an error, and nothing is lost") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  fixture.server.make_unreachable();
  CHECK(refused(fixture).code() == ErrorCode::unavailable);
  fixture.server.make_reachable();
  fixture.close_database();
  CHECK(refused(fixture).code() == ErrorCode::unavailable);
  fixture.open_database();
  CHECK(fixture.flush().views == 1);
}

TEST_CASE("a batch that Redis had lost and has again waits for the horizon again") {
  ViewsFixture fixture("everysec");
  FlushOptions::Clock::time_point time{};
  FlushOptions options;
  options.clock = [&] { return time; };
  options.wait_for_horizon = false;
  views::RedisCounterBuffer buffer(fixture.redis_options());
  views::PostgresFlushStore store(fixture.database);
  views::Flush daemon(buffer, store, options);
  add_impressions(fixture, 1, 7);
  CHECK(daemon.run().waiting == 1);
  const auto batch = fixture.batches();
  const auto rotated_at = fixture.cli("ZSCORE views:batches " + batch);
  fixture.cli("ZREM views:batches " + batch);
  CHECK(daemon.run().waiting == 0);
  fixture.cli("ZADD views:batches " + rotated_at + " " + batch);
  time += 3s;
  const auto report = daemon.run();
  CHECK(report.recovered == 1);
  CHECK(report.waiting == 1);
  CHECK(fixture.counter_of(1) == 0);
  time += 3s;
  CHECK(daemon.run().impressions == 7);
}
