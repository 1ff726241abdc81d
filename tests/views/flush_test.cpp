// The flush over a real Redis and a real PostgreSQL: from a view to its counter, once.
#include "views/flush.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "views/postgres_flush_store.hpp"
#include "views/redis_counter_buffer.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;
using views::FlushOptions;
using views::ViewRecorder;

namespace {

const std::string video_counters = "views:counter:pages.videocontent";

// Time passes only while the flush sleeps.
struct FakeTime {
  FlushOptions::Clock::time_point now{};
  std::chrono::milliseconds longest_sleep{0};

  FlushOptions options() {
    FlushOptions options;
    options.clock = [this] { return now; };
    options.sleep = [this](std::chrono::milliseconds time) {
      now += time;
      longest_sleep = std::max(longest_sleep, time);
    };
    return options;
  }
};

std::string events_of(const ViewsFixture& fixture) {
  return fixture.fresh.execute(
      "SELECT coalesce(string_agg(concat_ws(' ', shard, actor, object, view_deltas::text), ', ' "
      "ORDER BY id), '') FROM events WHERE type = 13");
}

std::string ledger(const ViewsFixture& fixture) {
  return fixture.fresh.execute(
      "SELECT coalesce(string_agg(concat_ws(' ', left(batch_id, 1), impressions, contents, "
      "orphaned::text), ', ' ORDER BY applied_at), '') FROM view_flush");
}

}  // namespace

TEST_CASE("recorded views come to PostgreSQL with one event that tells their number") {
  ViewsFixture fixture;
  {
    ViewRecorder recorder(fixture.database, fixture.options());
    record(recorder, 2, {5, 6});
    record(recorder, 3, {5});
  }
  const auto report = fixture.flush();
  CHECK(report.views == 3);
  CHECK(report.posts == 2);
  CHECK(report.batches == 1);
  CHECK(report.repeated + report.expired + report.orphaned + report.failed + report.rollbacks == 0);
  CHECK(fixture.views_of(5) == 2);
  CHECK(fixture.views_of(6) == 1);
  CHECK(fixture.fresh.execute("SELECT string_agg(post_id || ' ' || user_id, ', ' ORDER BY post_id, "
                              "user_id) FROM post_view_seen") == "5 2, 5 3, 6 2");
  CHECK(events_of(fixture) == "0 0 2 {5,2,6,1}");
  CHECK(fixture.pending_views() == 0);
  CHECK(fixture.batches().empty());
  CHECK(fixture.cli("KEYS views:batch:*").empty());

  const auto again = fixture.flush();
  CHECK(again.batches == 0);
  CHECK(again.views == 0);
  CHECK(fixture.views_of(5) == 2);
  CHECK(events_of(fixture) == "0 0 2 {5,2,6,1}");
}

TEST_CASE("views that PostgreSQL has are repeated, and no event tells them") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  fixture.flush();
  const auto day = fixture.fresh.execute("SELECT day - date '1970-01-01' FROM post_view_seen");
  fixture.cli("RPUSH views:pending " + day + " 5 2 " + day + " 5 2 " + day + " 5 3");
  const auto report = fixture.flush();
  CHECK(report.views == 1);
  CHECK(report.repeated == 1);
  CHECK(fixture.views_of(5) == 2);
}

TEST_CASE("views of a day that is over for too long are not counted, and are reported") {
  ViewsFixture fixture;
  const auto today = fixture.number("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  for (const auto days : {10, 4, 1, 0})
    fixture.cli("RPUSH views:pending " + std::to_string(today - days) + " 5 2");
  const auto report = fixture.flush();
  CHECK(report.expired == 2);
  CHECK(report.views == 2);
  CHECK(fixture.views_of(5) == 2);
  CHECK(fixture.batches().empty());
}

TEST_CASE("views of a day that never had a partition are counted, unless it is folded") {
  ViewsFixture fixture;
  const auto today = fixture.number("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  fixture.fresh.execute("UPDATE view_fold SET upto = upto - 10");
  for (const auto days : {100, 14, 8, 5, 0})
    fixture.cli("RPUSH views:pending " + std::to_string(today - days) + " 5 2");
  add_impressions(fixture, 1, 7);
  const auto report = fixture.flush();
  CHECK(report.expired == 2);
  CHECK(report.views == 3);
  CHECK(report.impressions == 7);
}

TEST_CASE("a view of a day far ahead is not counted, and holds up no other one") {
  ViewsFixture fixture;
  const auto today = fixture.number("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  for (const auto days : {1'000'000, 30, 4, 1, 0})
    fixture.cli("RPUSH views:pending " + std::to_string(today + days) + " 5 2");
  add_impressions(fixture, 1, 7);
  const auto report = fixture.flush();
  CHECK(report.expired == 3);
  CHECK(report.views == 2);
  CHECK(report.impressions == 7);
  CHECK(fixture.batches().empty());
}

TEST_CASE("a batch that a crashed run left is applied by the next one") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  add_impressions(fixture, 1, 7);
  CHECK(fixture.flush_and_crash().stopped);
  CHECK(fixture.pending_views() == 0);
  CHECK(fixture.cli("ZCARD views:batches") == "2");
  CHECK(fixture.views_of(5) == 0);
  record_one(recorder, 3, 5);
  const auto report = fixture.flush();
  CHECK(report.recovered == 2);
  CHECK(report.batches == 3);
  CHECK(report.views == 2);
  CHECK(fixture.views_of(5) == 2);
  CHECK(fixture.counter_of(1) == 7);
  CHECK(fixture.batches().empty());
}

TEST_CASE("a batch that the registry lost is found and applied once") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  add_impressions(fixture, 1, 7);
  fixture.flush_and_crash();
  REQUIRE(fixture.cli("DEL views:batches") == "1");
  fixture.cli("SET views:batch:nonsense x");
  const auto report = fixture.flush();
  CHECK(report.unregistered == 2);
  CHECK(report.batches == 2);
  CHECK(fixture.views_of(5) == 1);
  CHECK(fixture.counter_of(1) == 7);
  CHECK(fixture.cli("KEYS views:batch:*") == "views:batch:nonsense");
  CHECK(fixture.flush().unregistered == 0);
}

TEST_CASE("a batch that was applied before it could be dropped is not applied again") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  add_impressions(fixture, 1, 7);
  fixture.flush_and_crash();
  // Copies of the batches, as a Redis has them that lost the drop.
  views::RedisCounterBuffer buffer(fixture.redis_options());
  const auto batches = buffer.batches();
  REQUIRE(batches.size() == 2);
  for (const auto& batch : batches) {
    fixture.cli("COPY views:batch:" + batch.id + " copy:" + batch.id);
  }
  REQUIRE(fixture.flush().batches == 2);
  for (const auto& batch : batches) {
    fixture.cli("COPY copy:" + batch.id + " views:batch:" + batch.id);
    fixture.cli("ZADD views:batches 1 " + batch.id);
  }
  const auto report = fixture.flush();
  CHECK(report.batches == 2);
  CHECK(report.views == 0);
  CHECK(report.repeated == 1);
  CHECK(report.impressions == 0);
  CHECK(fixture.views_of(5) == 1);
  CHECK(fixture.counter_of(1) == 7);
  CHECK(ledger(fixture) == "i 7 1");
  CHECK(fixture.batches().empty());
}

TEST_CASE("impressions come to their contents with a row in the ledger") {
  ViewsFixture fixture;
  fixture.fresh.execute("INSERT INTO contents (id, type, title) VALUES (20, 'audio', 'a')");
  add_impressions(fixture, 1, 7);
  add_impressions(fixture, 2, 3);
  add_impressions(fixture, 20, 5, "pages.audiocontent");
  const auto report = fixture.flush();
  CHECK(report.impressions == 15);
  CHECK(report.contents == 3);
  CHECK(report.batches == 2);
  CHECK(fixture.counter_of(1) == 7);
  CHECK(fixture.counter_of(2) == 3);
  CHECK(fixture.counter_of(20) == 5);
  CHECK(ledger(fixture) == "i 5 1, i 10 2");
  CHECK(fixture.cli("EXISTS " + video_counters) == "0");
  CHECK(events_of(fixture).empty());
  CHECK(fixture.fresh.execute("SELECT max_sequence FROM view_epoch") ==
        fixture.cli("GET views:sequence"));
  CHECK(fixture.cli("GET views:epoch") == fixture.fresh.execute("SELECT epoch FROM view_epoch"));
}

TEST_CASE("impressions of what is gone, or has another type, are kept in the ledger") {
  ViewsFixture fixture;
  add_impressions(fixture, 1, 7);
  add_impressions(fixture, 777, 3);
  add_impressions(fixture, 2, 5, "pages.audiocontent");
  add_impressions(fixture, 3, 2, "nonsense");
  const auto report = fixture.flush();
  CHECK(report.impressions == 7);
  CHECK(report.orphaned == 10);
  CHECK(report.failed == 0);
  CHECK(fixture.number("SELECT sum(counter) FROM contents") == 7);
  CHECK(
      fixture.fresh.execute("SELECT string_agg(orphaned::text, ', ' ORDER BY orphaned::text) FROM "
                            "view_flush") == R"({"2": 5}, {"3": 2}, {"777": 3})");
  CHECK(fixture.batches().empty());
}

TEST_CASE("views of a post that was deleted meanwhile leave no counter") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record(recorder, 2, {5, 6});
  fixture.fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 5");
  const auto report = fixture.flush();
  CHECK(report.orphaned == 1);
  CHECK(report.posts == 1);
  CHECK(fixture.number("SELECT count(*) FROM post_views WHERE post_id = 5") == 0);
  CHECK(fixture.views_of(6) == 1);
}

TEST_CASE("a counter of a deleted post that a killed run left is removed by the next run") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 2, 5);
  const auto day = fixture.cli("LINDEX views:pending 0");
  // What a run leaves that ends between its two statements.
  fixture.fresh.execute("INSERT INTO post_view_seen SELECT 5, 2, date '1970-01-01' + " + day);
  fixture.fresh.execute("INSERT INTO post_views (post_id, view_count) VALUES (5, 1)");
  fixture.fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 5");
  const auto report = fixture.flush();
  CHECK(report.views == 0);
  CHECK(report.orphaned == 1);
  CHECK(fixture.number("SELECT count(*) FROM post_views WHERE post_id = 5") == 0);
}

TEST_CASE("a label that is not made from the name of its type counts contents of that type") {
  ViewsFixture fixture;
  views::PostgresFlushStore store(fixture.database, {{"web.clip", "video"}});
  views::Batch batch;
  batch.id = "i:epoch:1:web.clip";
  batch.kind = views::Batch::Kind::impressions;
  batch.epoch = "epoch";
  batch.sequence = 1;
  batch.label = "web.clip";
  const views::Impressions counts[] = {{1, 4}};
  CHECK(store.apply_impressions(batch, counts, false).impressions == 4);
  CHECK(fixture.number("SELECT counter FROM contents WHERE id = 1") == 4);
  batch.id = "i:epoch:2:web.other";
  batch.label = "web.other";
  CHECK(store.apply_impressions(batch, counts, false).orphaned == 4);
}

TEST_CASE("a batch of ten thousand contents is added exactly") {
  ViewsFixture fixture;
  fixture.fresh.execute(
      "INSERT INTO contents (id, type, title) SELECT n, 'video', 'v' FROM generate_series(10, "
      "10000) n");
  fixture.cli("SADD views:labels pages.videocontent");
  fixture.cli("EVAL \"for i = 1, 10000 do redis.call('HSET', KEYS[1], i, i) end\" 1 " +
              video_counters);
  const auto report = fixture.flush();
  CHECK(report.contents == 10'000);
  CHECK(report.impressions == 50'005'000);
  CHECK(fixture.number("SELECT count(*) FROM contents WHERE counter <> id") == 0);
}

TEST_CASE("views of one post in several statements are one post of the report") {
  ViewsFixture fixture;
  const auto today =
      fixture.fresh.execute("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  fixture.cli(
      "EVAL \"for i = 2, 12001 do redis.call('RPUSH', KEYS[1], ARGV[1], 5, i) end\" 1 "
      "views:pending " +
      today);
  std::int64_t progress = 0;
  FlushOptions options;
  options.on_progress = [&](std::int64_t views) { progress += views; };
  const auto report = fixture.flush(options);
  CHECK(report.views == 12'000);
  CHECK(report.posts == 1);
  CHECK(progress == 12'000);
  CHECK(fixture.views_of(5) == 12'000);
}

TEST_CASE("a single run waits until the youngest impressions have passed the horizon") {
  ViewsFixture fixture("everysec");
  add_impressions(fixture, 1, 7);
  FakeTime time;
  const auto start = time.now;
  const auto report = fixture.flush(time.options());
  CHECK(report.impressions == 7);
  CHECK(report.waiting == 0);
  CHECK(time.now - start >= 3s);
  CHECK(time.longest_sleep <= 100ms);
  CHECK(fixture.counter_of(1) == 7);
}

TEST_CASE("a run with views alone does not wait, and neither does one whose Redis writes at once") {
  FakeTime time;
  {
    ViewsFixture fixture("everysec");
    ViewRecorder recorder(fixture.database, fixture.options());
    record_one(recorder, 2, 5);
    CHECK(fixture.flush(time.options()).views == 1);
  }
  ViewsFixture fixture("always");
  add_impressions(fixture, 1, 7);
  CHECK(fixture.flush(time.options()).impressions == 7);
  CHECK(time.longest_sleep == 0ms);
}

TEST_CASE("a daemon leaves impressions to a later run until they have passed the horizon") {
  ViewsFixture fixture("everysec");
  FakeTime time;
  auto options = time.options();
  options.wait_for_horizon = false;
  Flushing daemon(fixture, options);
  add_impressions(fixture, 1, 7);
  CHECK(daemon.flush.run().waiting == 1);
  time.now += 2999ms;
  CHECK(daemon.flush.run().waiting == 1);
  CHECK(fixture.counter_of(1) == 0);
  time.now += 1ms;
  const auto report = daemon.flush.run();
  CHECK(report.impressions == 7);
  CHECK(report.waiting == 0);
  CHECK(report.recovered == 0);
  CHECK(fixture.counter_of(1) == 7);
}

TEST_CASE("a rate bounds the views a second") {
  ViewsFixture fixture;
  const auto today =
      fixture.fresh.execute("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  fixture.cli(
      "EVAL \"for i = 2, 10001 do redis.call('RPUSH', KEYS[1], ARGV[1], 5, i) end\" 1 "
      "views:pending " +
      today);
  FakeTime time;
  const auto start = time.now;
  auto options = time.options();
  options.max_views_per_second = 1000;
  CHECK(fixture.flush(options).views == 10'000);
  CHECK(time.now - start >= 5s);  // the second half waits for the first one's time
  CHECK(time.now - start < 11s);
}

TEST_CASE("a run that is asked to stop leaves the rest to the next one") {
  ViewsFixture fixture;
  const auto today =
      fixture.fresh.execute("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'");
  fixture.cli(
      "EVAL \"for i = 2, 10001 do redis.call('RPUSH', KEYS[1], ARGV[1], 5, i) end\" 1 "
      "views:pending " +
      today);
  FlushOptions options;
  bool stop = false;
  options.on_progress = [&](std::int64_t) { stop = true; };
  options.should_stop = [&] { return stop; };
  const auto stopped = fixture.flush(options);
  CHECK(stopped.stopped);
  CHECK(stopped.views == 5000);
  const auto rest = fixture.flush();
  CHECK_FALSE(rest.stopped);
  CHECK(rest.views == 5000);
  CHECK(rest.repeated == 5000);
  CHECK(fixture.views_of(5) == 10'000);
}

TEST_CASE("keys of another prefix are not flushed") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.prefix = "staging:";
  ViewRecorder recorder(fixture.database, options);
  record_one(recorder, 2, 5);
  CHECK(fixture.flush().views == 0);
  auto redis = fixture.redis_options();
  redis.prefix = "staging:";
  views::RedisCounterBuffer buffer(redis);
  views::PostgresFlushStore store(fixture.database);
  CHECK(buffer.live().views == 1);
  // To PostgreSQL this Redis is another one than the first: its views are counted all the same.
  const auto report = views::Flush(buffer, store, {}).run();
  CHECK(report.views == 1);
  CHECK(report.rollbacks == 1);
}
