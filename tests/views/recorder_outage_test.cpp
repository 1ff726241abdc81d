// Views while Redis, PostgreSQL or both are away: each counts once, wherever it was recorded.
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "views/views_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;
using support::eventually;
using views::Reason;
using views::ViewRecorder;

namespace {

std::int64_t seen_rows(const ViewsFixture& fixture) {
  return fixture.number("SELECT count(*) FROM post_view_seen");
}

// Repeats a view that was counted before until Redis answers for it.
bool comes_to_redis(const ViewsFixture& fixture, ViewRecorder& recorder, Id user, Id post) {
  return eventually([&] {
    CHECK(record_one(recorder, user, post).reason == Reason::repeated);
    return fixture.cli("SISMEMBER post:" + std::to_string(post) + ":views " +
                       std::to_string(user)) == "1";
  });
}

}  // namespace

TEST_CASE("without Redis views go to PostgreSQL") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.url = "";
  ViewRecorder recorder(fixture.database, options);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 1");
  CHECK(described(record(recorder, 3, {6, 5, 777})) == "counted 1, counted 2, not found 0");
  CHECK(described(record_one(recorder, 1, 5)) == "author 2");
  CHECK(described(record(recorder, 4, {5}, true)) == "bot 2");
  CHECK(fixture.views_of(5) == 2);
  CHECK(fixture.views_of(6) == 1);
  CHECK(seen_rows(fixture) == 3);
  CHECK(fixture.fresh.execute(
            "SELECT string_agg(object || ' ' || view_deltas::text, ', ' ORDER BY id) FROM events "
            "WHERE type = 13") == "1 {5,1}, 2 {5,1,6,1}");
  CHECK(fixture.cli("DBSIZE") == "0");
}

TEST_CASE("without Redis equal views of one batch count once") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.url = "";
  ViewRecorder recorder(fixture.database, options);
  int counted = 0, repeated = 0;  // of the recorder's thread until close()
  for (int i = 0; i < 50; ++i) {
    recorder.submit(2, {5, 6}, false, [&](const ViewRecorder::Outcome& outcome) {
      for (const auto& result : std::get<0>(outcome)) {
        counted += result.is_counted();
        repeated += result.reason == Reason::repeated;
      }
    });
  }
  recorder.close();
  CHECK(counted == 2);
  CHECK(repeated == 98);
  CHECK(fixture.views_of(5) == 1);
}

TEST_CASE("without Redis a deleted post that is still known gets no counter") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.url = "";
  options.max_target_age = 24h;
  ViewRecorder recorder(fixture.database, options);
  CHECK(described(record(recorder, 1, {5, 6})) == "author 0, author 0");
  fixture.fresh.execute("UPDATE posts SET deleted_at = now() WHERE id = 5");
  const auto results = record(recorder, 2, {5, 6});
  CHECK_FALSE(results[0].is_counted());
  CHECK(described(results[1]) == "counted 1");
  CHECK(fixture.number("SELECT count(*) FROM post_views WHERE post_id = 5") == 0);
  CHECK(seen_rows(fixture) == 1);
}

TEST_CASE("while Redis is away PostgreSQL counts, and afterwards Redis does not count again") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  fixture.flush();
  auto& server = fixture.server;
  server.make_unreachable();
  CHECK(described(record_one(recorder, 3, 5)) == "counted 2");
  CHECK(described(record_one(recorder, 3, 5)) == "repeated 2");
  CHECK(described(record_one(recorder, 2, 5)) == "repeated 2");
  CHECK(seen_rows(fixture) == 2);
  server.make_reachable();
  CHECK(comes_to_redis(fixture, recorder, 3, 5));
  CHECK(fixture.pending_views() == 0);  // the only view of Redis is flushed
  CHECK(described(record_one(recorder, 4, 5)) == "counted 3");
  fixture.flush();
  CHECK(fixture.views_of(5) == 3);
  CHECK(seen_rows(fixture) == 3);
}

TEST_CASE("a view that a frozen Redis takes later is counted once") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.timeout = 300ms;
  ViewRecorder recorder(fixture.database, options);
  // A busy machine may take longer than the time-out: then PostgreSQL has this one.
  CHECK(record_one(recorder, 2, 5).is_counted());
  auto& server = fixture.server;
  server.freeze();
  CHECK(record_one(recorder, 3, 5).is_counted());
  CHECK(record_one(recorder, 3, 5).reason == Reason::repeated);
  server.resume();
  CHECK(comes_to_redis(fixture, recorder, 3, 5));
  fixture.flush();
  CHECK(fixture.views_of(5) == 2);
  CHECK(seen_rows(fixture) == 2);
  CHECK(fixture.flush().views == 0);
}

TEST_CASE("a killed Redis that keeps its file loses no view") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  for (Id user = 2; user <= 4; ++user) REQUIRE(record_one(recorder, user, 5).is_counted());
  auto& server = fixture.server;
  server.kill();
  CHECK(record_one(recorder, 5, 5).is_counted());
  server.start();
  CHECK(comes_to_redis(fixture, recorder, 5, 5));
  CHECK(described(record_one(recorder, 2, 5)).rfind("repeated", 0) == 0);
  fixture.flush();
  CHECK(fixture.views_of(5) == 4);
}

TEST_CASE("while neither Redis nor PostgreSQL answers views are not counted, and say so") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(described(record_one(recorder, 3, 6)) == "counted 1");
  auto& server = fixture.server;
  server.make_unreachable();
  fixture.close_database();
  // The post and the users are known, though not afresh.
  const auto results = record(recorder, 3, {5, 7});
  CHECK(results[0].reason == Reason::unavailable);
  CHECK(results[1].reason == Reason::unavailable);
  const auto unknown = outcome_of(recorder, 4, {5});
  REQUIRE(std::holds_alternative<Error>(unknown));
  CHECK(std::get<Error>(unknown).code() == ErrorCode::unavailable);
  fixture.open_database();
  server.make_reachable();
  CHECK(eventually([&] { return record_one(recorder, 3, 5).reason != Reason::unavailable; }));
  fixture.flush();
  CHECK(fixture.views_of(5) == 2);
}

TEST_CASE("while PostgreSQL is away Redis counts the views of known posts") {
  ViewsFixture fixture;
  ViewRecorder recorder(fixture.database, fixture.options());
  record_one(recorder, 3, 6);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  fixture.close_database();
  CHECK(described(record(recorder, 3, {5, 7})) == "counted 2, unavailable 0");
  CHECK(described(record_one(recorder, 3, 5)) == "repeated 2");
  fixture.open_database();
  CHECK(eventually([&] { return record_one(recorder, 3, 7).is_counted(); }));
  CHECK(fixture.flush().views == 4);
}

TEST_CASE("views do not go to Redis before the installation is known") {
  ViewsFixture fixture;
  auto options = fixture.options();
  options.redis.wait_for_installation = true;
  ViewRecorder recorder(fixture.database, options);
  CHECK(described(record_one(recorder, 2, 5)) == "counted 1");
  CHECK(fixture.views_of(5) == 1);
  recorder.set_installation("cluster/1");
  CHECK(comes_to_redis(fixture, recorder, 2, 5));
  CHECK(fixture.pending_views() == 0);
  CHECK(described(record_one(recorder, 3, 5)) == "counted 2");
}
