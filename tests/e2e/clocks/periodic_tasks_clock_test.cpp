// What upkeep takes away and what waits for a time, while PostgreSQL's clock is ahead and after.
#include "base/json.hpp"
#include "stepped_clock_cluster.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

namespace {

std::string id_in(const support::HttpResponse& answer) {
  INFO(answer.status << " " << answer.body);
  const auto body = json::parse(answer.body);
  REQUIRE(body.find("id") != nullptr);
  return std::to_string(*body.find("id")->integer());
}

// One of each kind of thing that goes when it is old; what is left of them, in one line.
void make_recent(const SteppedClockCluster& world) {
  world.sql(
      "INSERT INTO feed_state (user_id, state) VALUES (1, 2); "
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at) "
      "VALUES ('test', 0, 1, '{}', 8, 0, 'x', now()); SELECT 1");
}

std::string left(const SteppedClockCluster& world) {
  return world.sql(
      "SELECT concat_ws(' ', (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM "
      "dead_events), (SELECT count(*) FROM feed_state WHERE state > 0), (SELECT floor FROM "
      "feed_floor), (SELECT count(*) FROM feedctl_feed_parts() WHERE from_id < "
      "feedctl_id_at(now())))");
}

double metric(int port, const std::string& name) {
  const auto text = support::HttpClient(port).get("/metrics").body;
  const auto at = text.find("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stod(text.substr(at + name.size() + 2));
}

}  // namespace

TEST_CASE("a clock ahead for minutes deletes nothing, and a repeated POST creates no second post") {
  SteppedClockCluster world;
  world.start_serve();
  const auto http = world.serve->client();
  const auto ann = id_in(http.post("/v1/users", R"({"handle":"ann"})"));
  const auto post = [&] {
    return id_in(
        http.post("/v1/posts", R"({"text":"x"})", {{"x-user-id", ann}, {"idempotency-key", "k1"}}));
  };
  const auto made = post();
  make_recent(world);
  const auto before = left(world);
  world.let_clock_settle();
  const auto days = GENERATE(2, 200);

  world.postgres.set_clock(24h * days);
  world.start_work();
  REQUIRE(world.wait_for_periodic_tasks());
  CHECK(world.work->stop() == 0);
  world.postgres.set_clock(0s);
  CHECK(left(world) == before);
  CHECK(post() == made);
  CHECK(http.get("/v1/users/" + ann + "/posts").body.find(made) != std::string::npos);
  CHECK(world.number("SELECT count(*) FROM posts") == 1);
}

TEST_CASE("old data are deleted when the clock has not jumped") {
  SteppedClockCluster world;
  world.sql(
      "INSERT INTO idempotency_keys SELECT n, '\\x00', '\\x00', 1, NULL, 201, now() - n * interval "
      "'20 hours' FROM generate_series(1, 2) n; "
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
      "created_at, "
      "died_at) SELECT 'test', 0, n, '{}', 8, 0, 'x', now(), now() - n * interval '20 days' FROM "
      "generate_series(1, 2) n; "
      "INSERT INTO feed_state (user_id, state, seen_at) SELECT n, 2, now() - n * interval '20 "
      "days' "
      "FROM generate_series(1, 2) n; SELECT 1");
  world.let_clock_settle();
  world.start_work();
  CHECK(world.eventually("count(*) = 1 FROM idempotency_keys"));
  CHECK(world.eventually("count(*) = 1 FROM dead_events"));
  CHECK(world.eventually("count(*) = 1 FROM feed_state WHERE state > 0"));
}

TEST_CASE(
    "a job that failed while the clock was ahead runs once the clock is corrected, and no lag is "
    "negative") {
  SteppedClockCluster world;
  world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('none such', 0, 1) RETURNING 1");
  world.postgres.set_clock(24h * 5);
  const auto port = support::free_port();
  world.start_work({{"work.port", std::to_string(port)}});
  REQUIRE(world.eventually("attempts > 0 FROM jobs"));
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (7, 0, 1, 1) RETURNING 1");
  CHECK(support::eventually(patience,
                            [&] { return metric(port, "feedctl_event_lag_seconds_count") > 0; }));
  CHECK(metric(port, "feedctl_event_lag_seconds_sum") >= 0);
  world.sql(
      "INSERT INTO jobs (kind, lane, subject, wait, claimed_until) VALUES ('none such', 1, 2, '0', "
      "now() + interval '3 seconds') RETURNING 1");
  world.postgres.set_clock(0s);
  const auto attempts =
      world.sql("SELECT coalesce((SELECT attempts FROM jobs WHERE subject = 1), 8)");
  // Or given up, meanwhile.
  CHECK(
      world.eventually("coalesce((SELECT attempts FROM jobs WHERE subject = 1), 9) > " + attempts));
  CHECK(world.eventually("coalesce((SELECT attempts FROM jobs WHERE subject = 2), 9) > 0"));
}

TEST_CASE("a deleted account gets its second cleanup once all its tokens have expired") {
  SteppedClockCluster world;
  world.start_serve();
  const auto http = world.serve->client();
  const auto ann = id_in(http.post("/v1/users", R"({"handle":"ann"})"));
  CHECK(http.del("/v1/users/" + ann, {{"x-user-id", ann}}).status < 300);
  world.start_work();
  REQUIRE(world.eventually("array_agg(payload->>'pass') = '{2}' FROM jobs"));
  world.postgres.set_clock(24h * 10);
  // Behind it in its lane.
  world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('remove_likes', 2, 4711) RETURNING 1");
  REQUIRE(world.eventually("count(*) = 0 FROM jobs WHERE kind = 'remove_likes'"));
  CHECK(world.number("SELECT count(*) FROM jobs WHERE payload->>'pass' = '2'") == 1);
  world.sql("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 200000000 RETURNING 1");
  CHECK(world.eventually("count(*) = 0 FROM jobs"));
}

TEST_CASE("a floor raised by a clock that was ahead is lowered again, and feeds are complete") {
  SteppedClockCluster world;
  world.start_serve();
  const auto http = world.serve->client();
  const auto ann = id_in(http.post("/v1/users", R"({"handle":"ann"})")),
             bob = id_in(http.post("/v1/users", R"({"handle":"bob"})"));
  CHECK(http.post("/v1/users/" + bob + "/follow", "{}", {{"x-user-id", ann}}).status < 300);
  // As a feedctl before this one left it.
  world.sql("INSERT INTO feed_state (user_id, state) VALUES (" + ann + ", 2) RETURNING 1");
  world.sql("UPDATE feed_floor SET floor = feedctl_id_at(now() + interval '110 days') RETURNING 1");
  const auto post = id_in(http.post("/v1/posts", R"({"text":"x"})", {{"x-user-id", bob}}));
  const auto doctor = world.feedctl({"doctor", "-o", "json"});
  INFO(doctor.out);
  CHECK(doctor.out.find("the rows of home feeds begin") != std::string::npos);
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I1"}).exit_code == 3);

  world.let_clock_settle();
  world.start_work();
  CHECK(world.eventually("floor < feedctl_id_at(now()) FROM feed_floor"));
  CHECK(support::eventually(patience, [&] {
    http.get("/v1/feed", {{"x-user-id", ann}});
    return world.sql("SELECT count(*) FROM user_feed WHERE user_id = " + ann +
                     " AND post_id = " + post) == "1";
  }));
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I1"}).exit_code == 0);
}

}  // namespace feedctl::test
