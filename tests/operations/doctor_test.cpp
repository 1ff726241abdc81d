// feedctl doctor against real servers, with things that are wrong.
#include <signal.h>

#include <fstream>
#include <thread>

#include "doctor_report.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/openid_provider_process.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/temp_folder.hpp"
#include "support/test_servers.hpp"

using namespace feedctl;
using namespace feedctl::support;

TEST_CASE("doctor reports a server without fsync as an error, with the remedy") {
  const FreshDatabase database;  // the tests' own server is fast and forgetful
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.exit_code == 3);
  CHECK(diagnosis.checks.at("fsync").state == "error");
  CHECK(diagnosis.checks.at("fsync").fix ==
        "ALTER SYSTEM SET fsync = on; SELECT pg_reload_conf();");
  CHECK(diagnosis.checks.at("full_page_writes").state == "error");
}

TEST_CASE(
    "doctor finds no error in a durable, migrated database, measures its durability, and reports "
    "when it becomes a standby") {
  const TempFolder folder;
  dev_servers::DevServers stack(
      {.data_dir = folder.path(), .is_durable = true, .with_redis = false, .is_cancelled = {}});
  stack.start();
  RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + stack.postgres().url(),
                         "FEEDCTL_DATABASE_OWNER_URL=" + stack.postgres().owner_url()};
  REQUIRE(run_feedctl({"migrate", "up"}, options).exit_code == 0);
  const auto diagnosis = run_doctor(stack.postgres().url());
  for (const auto& [check, seen] : diagnosis.checks) {
    INFO(check << ": " << seen.finding);
    CHECK(seen.state != "error");
    if (seen.state == "warning") CHECK(seen.fix != "");
  }
  CHECK(diagnosis.exit_code == 0);
  for (const auto* check : {"config", "postgresql", "pooler", "connections", "schema", "redis"}) {
    INFO(check);
    CHECK(diagnosis.checks.count(check) == 1);
  }
  for (const auto* check :
       {"transactions", "transaction_ids", "checkpoints", "checkpoint_timeout", "log_home",
        "workers", "log_parts", "fdatasync", "room", "max_wal_size", "min_wal_size"}) {
    INFO(check);
    REQUIRE(diagnosis.checks.count(check) == 1);
  }
  CHECK(diagnosis.checks.at("fdatasync").has_measurement);
  CHECK(diagnosis.checks.at("log_parts").has_measurement);
  CHECK(diagnosis.checks.at("pooler").state == "ok");

  std::ofstream(folder.path() / "postgres" / "standby.signal") << "";
  pid_t server = 0;
  std::ifstream(folder.path() / "postgres" / "postmaster.pid") >> server;
  REQUIRE(server > 1);
  ::kill(server, SIGINT);  // it is started again, as a standby
  CheckResult home;
  for (int i = 0; i < 100 && home.state != "error"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    const auto again = run_doctor(stack.postgres().url());
    if (again.checks.count("log_home") == 1) home = again.checks.at("log_home");
  }
  CHECK(home.finding.find("is a standby") != std::string::npos);
  CHECK(home.fix == "point database.url at the primary");
}

TEST_CASE("doctor reports a missing schema, with the command that creates it") {
  const FreshDatabase database(FreshDatabase::Schema::empty);
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.exit_code == 3);
  CHECK(diagnosis.checks.at("schema").state == "error");
  CHECK(diagnosis.checks.at("schema").fix == "feedctl migrate up");
  CHECK(diagnosis.checks.count("clock") == 0);
}

TEST_CASE("doctor warns when the log's partitions run out, and reports their end as an error") {
  const FreshDatabase database;
  const std::string drop =
      "DO $$ DECLARE day integer; BEGIN PERFORM set_config('client_min_messages', 'error', true); "
      "FOR day IN {FROM} .. 60 LOOP EXECUTE 'DROP TABLE IF EXISTS "
      "events_' || "
      "to_char((now() AT TIME ZONE 'UTC')::date + day, 'YYYYMMDD'); END LOOP; END $$";
  auto from = [&](const std::string& day) {
    auto sql = drop;
    return sql.replace(sql.find("{FROM}"), 6, day);
  };
  database.execute(from("2"));
  auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.checks.at("log_parts").state == "warning");
  database.execute(from("0"));
  diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.exit_code == 3);
  CHECK(diagnosis.checks.at("log_parts").state == "error");
}

TEST_CASE("doctor finds a database of another cluster, whether or not its ids are ahead") {
  const FreshDatabase database;
  CHECK(run_doctor(database.url().reveal()).checks.at("log_home").state == "ok");
  database.execute("UPDATE log_state SET cluster = 1");
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.exit_code == 3);
  const auto& home = diagnosis.checks.at("log_home");
  CHECK(home.state == "error");
  CHECK(home.finding.find("was made in another cluster") != std::string::npos);
  CHECK(home.fix.find("feedctl events adopt") != std::string::npos);
}

TEST_CASE("doctor notices events that no worker handles") {
  const FreshDatabase database;
  database.execute(
      "INSERT INTO events (type, shard, actor, object, at) SELECT 5, 3, 1, 1, clock_timestamp() - "
      "interval '50 seconds'");
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.checks.at("workers").state == "warning");
  CHECK(diagnosis.checks.at("workers").fix == "feedctl work");
  database.execute("UPDATE consumers SET at = pg_current_snapshot()");
  CHECK(run_doctor(database.url().reveal()).checks.at("workers").state == "ok");
}

TEST_CASE("doctor notices ids that lie ahead of the clock") {
  const FreshDatabase database;
  database.execute(
      "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_next_id() + "
      "(3600000::bigint << 12), NULL, 0, 'x'");
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.exit_code == 3);
  CHECK(diagnosis.checks.at("clock").state == "error");
  CHECK(diagnosis.checks.at("clock").finding.find("ahead of the clock") != std::string::npos);
}

TEST_CASE("doctor names an invalid index and a setting that loses writes, each with its fix") {
  const FreshDatabase database;
  database.execute(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'likes_post_idx'::regclass");
  database.execute("ALTER DATABASE " + database.name() + " SET synchronous_commit = off");
  const auto diagnosis = run_doctor(database.url().reveal());
  CHECK(diagnosis.checks.at("indexes").fix == "REINDEX INDEX CONCURRENTLY likes_post_idx;");
  CHECK(diagnosis.checks.at("synchronous_commit").state == "warning");
}

TEST_CASE("doctor checks Redis if it is configured, and reports when it is unreachable") {
  const FreshDatabase database;
  const auto there = run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=" + redis_url()});
  CHECK(there.checks.at("redis").state == "ok");
  CHECK(there.checks.at("redis").finding.find("Redis ") == 0);
  CHECK(there.checks.count("redis_policy") == 1);
  const auto away =
      run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=redis://127.0.0.1:1/0"});
  CHECK(away.exit_code == 3);
  CHECK(away.checks.at("redis").state == "error");
}

TEST_CASE("doctor warns of a Redis that may lose view counters, each time with the fix") {
  const FreshDatabase database;
  const test::RedisServer redis;
  const auto check = [&](const std::string& name) {
    return run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=" + redis.url()})
        .checks.at(name);
  };
  const auto off = check("views_aof");
  CHECK(off.state == "warning");
  CHECK(off.fix == "redis-cli CONFIG SET appendonly yes, and appendonly yes in redis.conf");
  redis.cli("CONFIG SET appendonly yes");
  redis.cli("CONFIG SET appendfsync no");
  const auto unsynced = check("views_aof");
  CHECK(unsynced.state == "warning");
  CHECK(unsynced.fix.find("CONFIG SET appendfsync everysec") != std::string::npos);
  redis.cli("CONFIG SET appendfsync everysec");
  CHECK(check("views_aof").state == "ok");

  redis.cli("CONFIG SET maxmemory-policy allkeys-lru");
  const auto evicting = check("views_policy");
  CHECK(evicting.state == "warning");
  CHECK(evicting.fix.find("CONFIG SET maxmemory-policy noeviction") != std::string::npos);
  redis.cli("CONFIG SET maxmemory-policy volatile-lru");  // counters have no expiry
  CHECK(check("views_policy").state == "ok");
}

TEST_CASE("doctor checks the counters' own Redis where one is set") {
  const FreshDatabase database;
  const test::RedisServer cache, counters;
  counters.cli("CONFIG SET appendonly yes");
  counters.cli("RPUSH views:pending 20000 1 7");
  cache.cli("CONFIG SET maxmemory-policy allkeys-lru");  // as a cache may have it
  const auto report = run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=" + cache.url(),
                                                           "COUNTER_REDIS_URL=" + counters.url()});
  CHECK(report.checks.at("views_aof").state == "ok");
  CHECK(report.checks.at("views_policy").state == "ok");
  CHECK(report.checks.at("views_backlog").finding.find("1 views and 0 batches") == 0);
  const auto away =
      run_doctor(database.url().reveal(),
                 {"FEEDCTL_REDIS_URL=" + cache.url(), "COUNTER_REDIS_URL=redis://127.0.0.1:1/0"});
  CHECK(away.checks.at("views_redis").state == "warning");
}

TEST_CASE("doctor warns of batches of view counters that no flush has taken") {
  const FreshDatabase database;
  const test::RedisServer redis;
  const auto backlog = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> environment{"FEEDCTL_REDIS_URL=" + redis.url()};
    environment.insert(environment.end(), more.begin(), more.end());
    return run_doctor(database.url().reveal(), environment).checks.at("views_backlog");
  };
  redis.cli("RPUSH views:pending 20000 1 7 20000 2 7");
  const auto pending = backlog();
  CHECK(pending.state == "ok");
  CHECK(pending.finding.find("2 views and 0 batches") == 0);
  redis.cli("ZADD views:batches 0 v:E:2");  // its time is lost
  CHECK(backlog().state == "ok");
  redis.cli("ZADD views:batches 1000 v:E:1");  // of 1970
  const auto old = backlog();
  CHECK(old.state == "warning");
  CHECK(old.fix == "feedctl flush-views");
  CHECK(old.has_measurement);
  CHECK(backlog({"FEEDCTL_REDIS_PREFIX=staging:"}).finding.find("0 views and 0 batches") == 0);
}

TEST_CASE("doctor warns if the counters' Redis does not answer, or holds something else") {
  const FreshDatabase database;
  const test::RedisServer redis;
  redis.cli("SET views:pending x");
  const auto foreign = run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=" + redis.url()});
  CHECK(foreign.checks.at("views_redis").state == "warning");
  CHECK(foreign.checks.at("views_redis").finding.find("WRONGTYPE") != std::string::npos);
  const auto away =
      run_doctor(database.url().reveal(), {"FEEDCTL_REDIS_URL=redis://127.0.0.1:1/0"});
  CHECK(away.checks.at("views_redis").state == "warning");
  CHECK(run_doctor(database.url().reveal()).checks.at("views_redis").state == "ok");
}

TEST_CASE("doctor warns of an epoch of view counters that no flush has established") {
  const FreshDatabase database;
  const auto has_warning = [&] {
    return run_doctor(database.url().reveal()).checks.count("views_epoch") == 1;
  };
  CHECK_FALSE(has_warning());
  database.execute(
      "INSERT INTO view_epoch (epoch, started_at) VALUES ('E', now() - interval '1 hour')");
  CHECK(has_warning());
  database.execute("UPDATE view_epoch SET started_at = now()");
  CHECK_FALSE(has_warning());  // a flush is about to
  database.execute(
      "UPDATE view_epoch SET established = true, started_at = now() - interval '1 hour'");
  CHECK_FALSE(has_warning());
}

TEST_CASE("doctor warns of a day of views without a partition, and of old views that stay") {
  const FreshDatabase database;
  const auto warned = [&](const std::string& check) {
    return run_doctor(database.url().reveal()).checks.count(check) == 1;
  };
  CHECK_FALSE(warned("views_partitions"));
  CHECK_FALSE(warned("views_oldest_partition"));
  database.execute(
      "SELECT feedctl_make_part('post_view_seen', 'day', 'old_views', (d - 7)::text, (d - 6)::text)"
      " FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS d) today");
  CHECK(warned("views_oldest_partition"));
  database.execute(
      "DO $$ DECLARE name text; BEGIN FOR name IN SELECT part FROM feedctl_view_parts() LOOP"
      " EXECUTE format('DROP TABLE %I', name); END LOOP; END $$");
  CHECK(warned("views_partitions"));
}

TEST_CASE("doctor warns of a server in open mode that is publicly reachable") {
  const FreshDatabase database;
  const auto diagnosis = run_doctor(
      database.url().reveal(), {"FEEDCTL_SERVER_HOST=0.0.0.0",
                                "FEEDCTL_SERVER_INSECURE_PUBLIC=true", "FEEDCTL_AUTH_MODE=open"});
  CHECK(diagnosis.exit_code == 3);
  CHECK(diagnosis.checks.at("auth").fix == "auth.mode: required");
}

TEST_CASE("doctor asks the providers of sign-in, and prints no secret") {
  const FreshDatabase database;
  OpenIdProviderProcess provider({});
  const auto run = [&] {
    return run_doctor(
        database.url().reveal(),
        {"FEEDCTL_AUTH_PUBLIC_URL=https://feed.example.org",
         "FEEDCTL_OIDC_DEV_ISSUER=" + provider.issuer(), "FEEDCTL_OIDC_DEV_CLIENT_ID=feedctl",
         "FEEDCTL_OIDC_DEV_CLIENT_SECRET=the-client-secret"});
  };
  const auto report = run();
  INFO(report.checks.at("oidc.dev").finding);
  CHECK(report.checks.at("oidc.dev").state == "ok");
  CHECK(report.checks.at("public_url").state == "ok");
  provider.kill();
  const auto away = run();
  CHECK(away.exit_code == 3);
  CHECK(away.checks.at("oidc.dev").state == "error");
  CHECK(away.checks.at("oidc.dev").fix.find("oidc.dev.issuer") != std::string::npos);
  for (const auto& [check, seen] : away.checks) {
    INFO(check);
    CHECK(seen.finding.find("the-client-secret") == std::string::npos);
    CHECK(seen.fix.find("the-client-secret") == std::string::npos);
  }
}
