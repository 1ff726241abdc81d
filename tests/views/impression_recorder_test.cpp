// Impressions from request to counter, also while Redis or PostgreSQL is away.
#include "views/impression_recorder.hpp"

#include <atomic>
#include <thread>

#include "support/armed_failpoints.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "views/impressions_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;
using support::eventually;
using views::ImpressionRecorder;

namespace {

void add(ImpressionRecorder& recorder, std::vector<Id> contents, const char* label = video) {
  recorder.add(label, contents);
}

// Adds one impression of the content and waits until Redis has answered for it.
void add_and_wait(ImpressionRecorder& recorder, Id content) {
  const auto before = recorded("redis");
  add(recorder, {content});
  REQUIRE(eventually([&] { return recorded("redis") >= before + 1; }));
}

}  // namespace

TEST_CASE("impressions of concurrent readers are each counted once in Redis") {
  ImpressionsFixture fixture;
  constexpr int readers = 4, requests = 2000;
  const auto before = recorded("redis");
  {
    ImpressionRecorder recorder(fixture.database, fixture.options());
    recorder.start();
    std::vector<std::thread> threads;
    for (int i = 0; i < readers; ++i) {
      threads.emplace_back([&recorder] {
        for (int n = 0; n < requests; ++n) {
          add(recorder, {1, 2, Id{3 + n % 2}});
          add(recorder, {8}, "pages.audiocontent");
        }
      });
    }
    for (auto& thread : threads) thread.join();
  }
  CHECK(fixture.in_redis(1) == readers * requests);
  CHECK(fixture.in_redis(2) == readers * requests);
  CHECK(fixture.in_redis(3) == readers * requests / 2);
  CHECK(fixture.in_redis(4) == readers * requests / 2);
  CHECK(fixture.in_redis(8, "pages.audiocontent") == readers * requests);
  CHECK(fixture.server.cli("SCARD views:labels") == "2");
  CHECK(fixture.fresh.execute("SELECT sum(counter) FROM contents") == "0");
  CHECK(recorded("redis") - before == 4.0 * readers * requests);
  CHECK(pending() == 0);
}

TEST_CASE("a content that a request shows twice counts once") {
  ImpressionsFixture fixture;
  ImpressionRecorder recorder(fixture.database, fixture.options());
  add(recorder, {2, 1, 2, 2});
  recorder.close();
  CHECK(fixture.in_redis(1) == 1);
  CHECK(fixture.in_redis(2) == 1);
}

TEST_CASE("close sends what is held, and later impressions are dropped") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.period = 1h;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  for (int i = 0; i < 5; ++i) add(recorder, {1, 2});
  CHECK(pending() == 10);
  recorder.close();
  CHECK(fixture.in_redis(1) == 5);
  CHECK(fixture.in_redis(2) == 5);
  const auto before = dropped("shutdown");
  add(recorder, {1, 2});
  recorder.close();
  CHECK(dropped("shutdown") == before + 2);
  CHECK(fixture.in_redis(1) == 5);
  CHECK(pending() == 0);
}

TEST_CASE("more contents than a batch takes are sent in several batches") {
  ImpressionsFixture fixture;
  ImpressionRecorder recorder(fixture.database, fixture.options());
  std::vector<Id> contents;
  for (Id id = 1; id <= 12'000; ++id) contents.push_back(id);
  add(recorder, contents);
  add(recorder, {1, 12'000});
  recorder.close();
  CHECK(fixture.server.cli("HLEN views:counter:pages.videocontent") == "12000");
  CHECK(fixture.in_redis(1) == 2);
  CHECK(fixture.in_redis(6000) == 1);
  CHECK(fixture.in_redis(12'000) == 2);
}

TEST_CASE("a batch whose answer was lost is counted once when Redis answers again") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.timeout = 200ms;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  for (int round = 1; round <= 3; ++round) {
    add_and_wait(recorder, 1);
    const auto before = redis_failures();
    fixture.server.freeze();
    add(recorder, {1});
    REQUIRE(eventually([&] { return redis_failures() >= before + 2; }));
    fixture.server.resume();
    REQUIRE(eventually([&] { return pending() == 0; }));
    CHECK(fixture.in_redis(1) == 2 * round);
  }
  recorder.close();
  CHECK(fixture.in_redis(1) == 6);
  CHECK(fixture.in_database(1) == 0);
}

TEST_CASE("while Redis is frozen only batches that it cannot have taken go to PostgreSQL") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.timeout = 2s;
  options.max_redis_attempts = 1;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  REQUIRE(eventually([&] {
    add(recorder, {3});  // until one has found its way to Redis: a connection is open then
    return fixture.in_redis(3) > 0;
  }));
  REQUIRE(eventually([&] { return pending() == 0; }));
  const auto before = redis_failures();
  fixture.server.freeze();
  add(recorder, {1});
  REQUIRE(eventually([&] { return redis_failures() > before; }));
  add(recorder, {2});
  CHECK(eventually([&] { return fixture.in_database(2) == 1; }));
  CHECK(fixture.in_database(1) == 0);
  fixture.server.resume();
  CHECK(eventually([&] { return pending() == 0; }));
  recorder.close();
  CHECK(fixture.everywhere(1) == 1);
  CHECK(fixture.everywhere(2) == 1);
}

TEST_CASE("while Redis is down impressions go to PostgreSQL, and to Redis once it is back") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.max_redis_attempts = 3;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  int added = 0;
  for (; added < 3; ++added) add_and_wait(recorder, 1);
  fixture.server.kill();
  const auto to_database = recorded("postgresql");
  REQUIRE(eventually([&] {
    add(recorder, {1});
    ++added;
    return recorded("postgresql") > to_database;
  }));
  fixture.server.start();
  REQUIRE(eventually([&] {
    add(recorder, {1});
    ++added;
    return fixture.in_redis(1) > 0;
  }));
  recorder.close();
  CHECK(fixture.in_redis(1) + fixture.in_database(1) == added - 3);  // Redis lost the first ones
}

TEST_CASE("a batch in doubt is dropped before Redis forgets its id, and never counted elsewhere") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.timeout = 200ms;
  options.dedup_ttl = 2s;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  add_and_wait(recorder, 1);
  const auto before = dropped("doubtful");
  fixture.server.freeze();
  add(recorder, {1, 2});
  CHECK(eventually([&] { return dropped("doubtful") == before + 2; }));
  CHECK(eventually([&] { return pending() == 0; }));
  fixture.server.resume();
  recorder.close();
  CHECK(fixture.in_database(1) == 0);
  CHECK(fixture.in_redis(1) <= 2);
}

#ifdef FEEDCTL_FAILPOINTS
TEST_CASE("a batch whose id Redis may have forgotten is not sent again after a long stop") {
  ImpressionsFixture fixture;
  const support::ArmedFailpoints points("views.ingest.after=error*1");  // the answer is lost
  auto options = fixture.options();
  options.dedup_ttl = 1s;
  options.period = 2s;  // the next attempt comes later than that
  const auto before = dropped("doubtful");
  ImpressionRecorder recorder(fixture.database, options);
  add(recorder, {1});
  recorder.start();
  CHECK(eventually([&] { return dropped("doubtful") == before + 1; }));
  recorder.close();
  CHECK(points.hits("views.ingest.before") == 1);
  CHECK(fixture.in_redis(1) == 1);
  CHECK(fixture.in_database(1) == 0);
}

TEST_CASE("a batch that the ledger may have forgotten is not written again") {
  ImpressionsFixture fixture;
  const support::ArmedFailpoints points("views.direct.after=error*1");  // a commit in doubt
  auto options = fixture.options();
  options.redis.url = "";
  options.max_database_time = 1s;
  options.period = 2s;
  const auto before = dropped("doubtful");
  ImpressionRecorder recorder(fixture.database, options);
  add(recorder, {1});
  recorder.start();
  CHECK(eventually([&] { return fixture.in_database(1) == 1; }));
  fixture.fresh.execute("DELETE FROM view_flush");
  CHECK(eventually([&] { return dropped("doubtful") == before + 1; }));
  recorder.close();
  CHECK(points.hits("views.direct.before") == 1);
  CHECK(fixture.in_database(1) == 1);
}
#endif

TEST_CASE("without Redis impressions go to PostgreSQL") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.url = "";
  const auto before = recorded("postgresql");
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  for (int i = 0; i < 50; ++i) add(recorder, {1, 9});
  CHECK(eventually([&] { return fixture.in_database(9) == 50; }));
  recorder.close();
  CHECK(fixture.in_database(1) == 50);
  CHECK(recorded("postgresql") == before + 100);
}

TEST_CASE("Redis is not used before the installation is known") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.wait_for_installation = true;
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  add(recorder, {1});
  recorder.set_installation("cluster/1");
  CHECK(eventually([&] { return fixture.in_redis(1) == 1; }));
  CHECK(fixture.server.cli("GET feedctl:installation") == "cluster/1");

  options.max_redis_attempts = 1;
  ImpressionRecorder stranger(fixture.database, options);
  stranger.set_installation("cluster/2");
  stranger.start();
  add(stranger, {2});
  CHECK(eventually([&] { return fixture.in_database(2) == 1; }));
  CHECK(fixture.in_redis(2) == 0);
}

TEST_CASE("memory is bounded by pairs of label and content, and more are dropped") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.max_pairs = 4;
  const auto before = dropped("full");
  ImpressionRecorder recorder(fixture.database, options);
  add(recorder, {1, 2, 3});
  add(recorder, {1, 2}, "pages.audiocontent");
  CHECK(dropped("full") == before + 1);
  for (int i = 0; i < 10; ++i) add(recorder, {1, 2, 3});  // of contents that are there
  CHECK(dropped("full") == before + 1);
  recorder.close();
  CHECK(fixture.in_redis(1) == 11);
  CHECK(fixture.in_redis(3) == 11);
  CHECK(fixture.in_redis(1, "pages.audiocontent") == 1);
  CHECK(fixture.in_redis(2, "pages.audiocontent") == 0);
}

TEST_CASE("batches that wait count against the bound, and their room is free once they are sent") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.max_pairs = 2;
  options.redis.wait_for_installation = true;  // nothing is sent before it is known
  ImpressionRecorder recorder(fixture.database, options);
  recorder.start();
  add(recorder, {1, 2});
  const auto before = dropped("full");
  add(recorder, {3, 4});  // whether the first two are held by then or not
  CHECK(dropped("full") == before + 2);
  recorder.set_installation("cluster/1");
  REQUIRE(eventually([&] { return pending() == 0; }));
  add(recorder, {3, 4});
  recorder.close();
  CHECK(fixture.in_redis(1) == 1);
  CHECK(fixture.in_redis(4) == 1);
}

TEST_CASE("where neither Redis nor PostgreSQL answers close drops what is held, and counts it") {
  ImpressionsFixture fixture;
  auto options = fixture.options();
  options.redis.url = "unix:///nonexistent/redis.sock";
  auto nowhere = fixture.database_options();
  nowhere.url = Secret<std::string>("host=/nonexistent dbname=none");
  store::Database database(nowhere);
  const auto before = dropped("shutdown");
  ImpressionRecorder recorder(database, options);
  recorder.start();
  add(recorder, {1, 2, 3});
  recorder.close();
  CHECK(dropped("shutdown") == before + 3);
  CHECK(pending() == 0);
}
