// What workers promise one by one: who owns which slot, and what no event may do to the others.
#include <signal.h>

#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/test_servers.hpp"
#include "support/view_flush.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::support;
using namespace std::chrono_literals;

namespace {

const support::Settings alone{{"bus.kind", "postgres"}};

// Slots that somebody owns, and by how many processes.
std::string owners(const support::FreshDatabase& database) {
  return database.execute(
      "SELECT count(DISTINCT objid) || '/' || count(DISTINCT pid) FROM pg_locks WHERE locktype = "
      "'advisory' AND classid = 1178945381 AND objid < 16 AND granted AND database = (SELECT oid "
      "FROM pg_database WHERE datname = current_database())");
}

std::string max_slots_owned(const support::FreshDatabase& database) {
  return database.execute(
      "SELECT max(n) FROM (SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND "
      "classid = 1178945381 AND objid < 16 AND granted AND database = (SELECT oid FROM "
      "pg_database WHERE datname = current_database()) GROUP BY pid) s");
}

void put_event(const support::FreshDatabase& database, int shard, int object, int type = 8) {
  database.execute("INSERT INTO events (type, shard, actor, object) VALUES (" +
                   std::to_string(type) + ", " + std::to_string(shard) + ", 1, " +
                   std::to_string(object) + ") RETURNING id");
}

// `followers` people of whom all follow the first user made, their rows on.
void make_celebrity(const support::FreshDatabase& database, int followers) {
  const auto n = std::to_string(followers);
  database.execute(
      "WITH u AS (INSERT INTO users (id, handle, shard) SELECT 100 + g, 'u' || g, "
      "feedctl_shard(100 + g) FROM generate_series(0, " +
      n +
      ") g RETURNING id), "
      "s AS (INSERT INTO user_stats (user_id, followers, following) SELECT id, CASE WHEN id = 100 "
      "THEN " +
      n +
      " ELSE 0 END, (id <> 100)::integer FROM u), "
      "f AS (INSERT INTO follows SELECT id, 100 FROM u WHERE id <> 100), "
      "t AS (INSERT INTO feed_state (user_id, state) SELECT id, 2 FROM u) SELECT count(*) FROM u");
  database.execute("ANALYZE; SELECT 1");
}

}  // namespace

TEST_CASE("workers share the slots evenly, and the remaining ones take over released slots") {
  support::FreshDatabase database;
  WorkerProcesses workers(database, 3, alone);
  CHECK(eventually(45s,
                   [&] { return owners(database) == "16/3" && max_slots_owned(database) == "6"; }));
  CHECK(workers.stop(0) == 0);
  CHECK(eventually(45s, [&] { return owners(database) == "16/2"; }));
  // A slot is marked a moment after it is owned.
  CHECK(eventually([&] {
    return database.execute("SELECT count(*) FROM consumers WHERE name = 'work' AND NOT dirty") ==
           "0";
  }));
  workers.kill(1);
  CHECK(eventually(45s, [&] { return owners(database) == "16/1"; }));
  CHECK(workers.stop(2) == 0);
  CHECK(database.execute("SELECT count(*) FROM consumers WHERE name = 'work' AND dirty") == "0");
}

TEST_CASE("probes of a worker that drains are answered with 200 or 503, or not at all") {
  support::FreshDatabase database;
  const int port = support::free_port();
  auto settings = alone;
  settings["work.port"] = std::to_string(port);
  WorkerProcesses workers(database, 1, settings);
  REQUIRE(eventually(45s, [&] { return owners(database) == "16/1"; }));
  const support::HttpClient http(port);
  REQUIRE(eventually(45s, [&] { return http.get("/health/ready").status == 200; }));
  // Each of the 16 slots takes its time to be released.
  database.execute(
      "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
      "pg_sleep(0.1); RETURN NEW; END $$; SELECT 1");
  database.execute(
      "CREATE TRIGGER dawdle BEFORE UPDATE ON consumers FOR EACH ROW WHEN (OLD.dirty AND NOT "
      "NEW.dirty) EXECUTE FUNCTION dawdle(); SELECT 1");
  workers.signal(0, SIGTERM);
  std::set<int> statuses;
  while (workers.is_running(0)) statuses.insert(http.get("/health/ready").status);
  statuses.erase(0);  // the connection was closed or refused
  statuses.erase(200);
  CHECK(statuses == std::set<int>{503});
  CHECK(workers.stop(0) == 0);
}

TEST_CASE("a frozen worker loses its slots, and does no harm when it resumes") {
  support::FreshDatabase database;
  WorkerProcesses workers(database, 1, alone);
  REQUIRE(eventually(45s, [&] { return owners(database) == "16/1"; }));
  workers.signal(0, SIGSTOP);
  WorkerProcesses second(database, 1, alone);
  CHECK(eventually(30s, [&] { return owners(database) == "16/1"; }));
  for (int i = 0; i < 64; ++i) put_event(database, i, i + 1);
  CHECK(eventually(30s, [&] { return is_backlog_empty(database); }));
  workers.signal(0, SIGCONT);
  CHECK(eventually(45s, [&] { return owners(database) == "16/2"; }));
  for (int i = 0; i < 64; ++i) put_event(database, i, i + 1);
  CHECK(eventually(45s, [&] { return is_backlog_empty(database); }));
  CHECK(database.execute("SELECT count(*) FROM dead_events") == "0");
}

TEST_CASE("workers pass a flush of views, which gives them nothing to do") {
  support::FreshDatabase database;
  WorkerProcesses workers(database, 1, alone);
  for (int i = 0; i < 3; ++i) support::flush_views(database, {{8, 1}, {9, 2}});
  put_event(database, 0, 1);  // of the same slot
  CHECK(eventually(45s, [&] { return is_backlog_empty(database); }));
  CHECK(database.execute("SELECT count(*) FROM jobs") == "0");
  CHECK(database.execute("SELECT count(*) FROM dead_events") == "0");
  CHECK(workers.is_running(0));
}

TEST_CASE("a slot that could not be released is processed as long as it is held") {
  support::FreshDatabase database;
  WorkerProcesses workers(database, 1, alone);
  REQUIRE(eventually(45s, [&] { return owners(database) == "16/1"; }));
  // Counts the attempts; a sequence outlives what is rolled back.
  database.execute("CREATE SEQUENCE attempts; SELECT 1");
  database.execute(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN "
      "PERFORM nextval('attempts'); RAISE EXCEPTION 'not now'; END $$; SELECT 1");
  database.execute(
      "CREATE TRIGGER refuse BEFORE UPDATE ON consumers FOR EACH ROW WHEN (OLD.dirty AND NOT "
      "NEW.dirty) EXECUTE FUNCTION refuse(); SELECT 1");
  WorkerProcesses second(database, 1, alone);
  CHECK(eventually(45s, [&] { return database.execute("SELECT is_called FROM attempts") == "t"; }));
  second.kill(0);
  database.execute("DROP TRIGGER refuse ON consumers; SELECT 1");
  CHECK(eventually(45s, [&] { return owners(database) == "16/1"; }));
  for (int i = 0; i < 16; ++i) put_event(database, i, i + 1);
  CHECK(eventually(30s, [&] { return is_backlog_empty(database); }));
  CHECK(workers.is_running(0));
}

TEST_CASE(
    "an event that crashes its worker is dead-lettered after three crashes alone, others "
    "continue") {
  support::FreshDatabase database;
  make_celebrity(database, 3);
  put_event(database, 5, 4711);
  // One that must not wait for it, in the same slot.
  database.execute(
      "INSERT INTO posts (id, author_id, shard) VALUES (feedctl_next_id(), 100, 5) RETURNING id");
  database.execute(
      "INSERT INTO events (type, shard, actor, object) SELECT 5, 5, 100, id FROM posts RETURNING "
      "id");
  WorkerProcesses workers(database, 1, alone, "work.event[4711]=kill");
  int crashes = 0;
  CHECK(eventually(90s, [&] {
    if (!workers.is_running(0)) {
      ++crashes;
      workers.start(0);
    }
    return database.execute("SELECT count(*) FROM dead_events") == "1" &&
           is_backlog_empty(database);
  }));
  CHECK(crashes == 4);  // one in its batch, three alone
  CHECK(database.execute("SELECT crashes || ' ' || (payload ->> 'object') FROM dead_events") ==
        "3 4711");
  CHECK(database.execute("SELECT count(*) FROM user_feed") == "3");
  CHECK(workers.is_running(0));
}

TEST_CASE("an event processed beside the one that crashed the worker is not counted as crashed") {
  support::FreshDatabase database;
  make_celebrity(database, 3);
  database.execute(
      "INSERT INTO posts (id, author_id, shard) VALUES (feedctl_next_id(), 100, 2) RETURNING id");
  database.execute(
      "INSERT INTO events (type, shard, actor, object) SELECT 5, 2, 100, id FROM posts RETURNING "
      "id");
  put_event(database, 9, 4711);
  const auto settings = support::Settings{{"bus.kind", "postgres"}, {"work.concurrency", "4"}};
  CHECK(eventually(90s, [&] {
    // The post's rows take a second and a half, in which the other slot's event ends the worker.
    std::thread slow([&] {
      database.execute("LOCK TABLE user_feed IN SHARE ROW EXCLUSIVE MODE; SELECT pg_sleep(1.5)");
    });
    std::this_thread::sleep_for(100ms);
    WorkerProcesses worker(database, 1, settings, "work.event[4711]=kill");
    const bool done =
        eventually(4s, [&] { return !worker.is_running(0) || is_backlog_empty(database); });
    slow.join();
    return done && worker.is_running(0) && is_backlog_empty(database);
  }));
  CHECK(database.execute("SELECT string_agg(payload ->> 'object', ' ') FROM dead_events") ==
        "4711");
  CHECK(database.execute("SELECT count(*) FROM user_feed") == "3");
}

TEST_CASE("a large fan-out resumes where its worker was killed, and delays no other event") {
  constexpr int followers = 70'000;
  support::FreshDatabase database;
  make_celebrity(database, followers);
  const support::Settings settings{{"bus.kind", "postgres"},
                                   {"feed.fanout_max_followers", "1000000"}};
  support::ServerProcess serve(database, {{"feed.fanout_max_followers", "1000000"}});
  WorkerProcesses workers(database, 1, settings);
  REQUIRE(eventually(45s, [&] { return owners(database) == "16/1"; }));
  CHECK(serve.client().post("/v1/posts", R"({"text":"big","author_id":100})").status == 201);
  REQUIRE(eventually(20s, [&] {
    return database.execute("SELECT count(*) FROM jobs WHERE kind = 'fan_out' AND done > 0") == "1";
  }));
  workers.kill(0);
  const auto before = std::stoi(database.execute("SELECT count(*) FROM user_feed"));
  CHECK(before > 0);
  CHECK(before < followers);
  const auto done = std::stoi(database.execute("SELECT done FROM jobs WHERE kind = 'fan_out'"));
  CHECK(done == before);
  workers.start(0);
  // An ordinary author's post in the meantime.
  CHECK(serve.client().post("/v1/users/102/follow", R"({"user_id":101})").status == 200);
  CHECK(serve.client().post("/v1/posts", R"({"text":"small","author_id":102})").status == 201);
  CHECK(eventually(60s, [&] {
    return database.execute("SELECT count(*) FROM user_feed WHERE author_id = 100") ==
               std::to_string(followers) &&
           is_backlog_empty(database);
  }));
  CHECK(database.execute("SELECT count(*) FROM user_feed WHERE author_id = 102") == "1");
  std::string printed;
  const int found = run_verify(database, printed);
  INFO(printed);
  CHECK(found == 0);
}

TEST_CASE("the broker receives each dead letter once, with any number of workers") {
  support::FreshDatabase database;
  const auto socket = support::test_servers().redis().socket_path().string();
  const auto redis = [&](std::vector<std::string> command) {
    command.insert(command.begin(), {"redis-cli", "-s", socket, "-n", "11"});
    const auto out = support::run(command).out;
    return out.substr(0, out.find('\n'));
  };
  const auto bury = [&](int subject) {
    database.execute(
        "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, "
        "created_at) VALUES ('test', 0, " +
        std::to_string(subject) + ", '{}', 8, 0, 'broken', now()) RETURNING id");
  };
  const auto told = [&] {
    return database.execute("SELECT count(*) FROM dead_events WHERE published_at IS NOT NULL");
  };
  redis({"flushdb"});
  bury(1);  // before any worker runs
  WorkerProcesses workers(database, 2,
                          {{"bus.kind", "redis"}, {"redis.url", support::redis_url(11)}});
  CHECK(eventually(45s, [&] { return told() == "1" && owners(database) == "16/2"; }));
  bury(2);
  CHECK(eventually(45s, [&] { return told() == "2"; }));
  // The other worker has its turn in the meantime, too.
  std::this_thread::sleep_for(1500ms);
  CHECK(redis({"xlen", "feedctl:events:dead"}) == "2");
}
