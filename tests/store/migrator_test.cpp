#include "store/migrator.hpp"

#include <thread>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "store/database.hpp"
#include "store/server_keys.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/frozen_process.hpp"
#include "support/own_postgres.hpp"

using namespace feedctl;
using State = store::MigrationStatus::State;

namespace {

store::MigrateOptions options_for(const support::FreshDatabase& fresh) {
  store::MigrateOptions options;
  options.owner_url = fresh.owner_url();
  options.url = fresh.url();
  return options;
}

}  // namespace

TEST_CASE("migrations are applied once, in order, and remembered with their checksum") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  const store::Migration two[] = {{1, "a", "CREATE TABLE a (x int)"},
                                  {2, "b", "ALTER TABLE a ADD y int; CREATE TABLE b ()"}};
  const auto options = options_for(fresh);
  for (const auto& s : store::migration_status(fresh.owner_url(), two))
    CHECK(s.state == State::pending);
  CHECK(store::migrate_up(options, two).applied.size() == 2);
  CHECK(store::migrate_up(options, two).applied.empty());
  for (const auto& s : store::migration_status(fresh.owner_url(), two))
    CHECK(s.state == State::applied);
}

TEST_CASE("a server that takes seconds to accept a connection fails no migration") {
  const support::PrivatePostgres server(support::PrivatePostgres::Clock::real,
                                        support::PrivatePostgres::Schema::empty);
  store::MigrateOptions options;
  options.owner_url = Secret<std::string>(server.owner_url());
  options.url = Secret<std::string>(server.url());
  support::FrozenProcess frozen(server.pid());
  std::thread thaw([&] {
    std::this_thread::sleep_for(std::chrono::seconds{4});
    frozen.resume();
  });
  const store::Migration one[] = {{1, "a", "CREATE TABLE a (x int)"}};
  std::size_t applied = 0;
  try {
    applied = store::migrate_up(options, one).applied.size();
  } catch (const Error& error) {
    INFO(error.what() << ": " << error.detail());
    CHECK(false);
  }
  thaw.join();
  CHECK(applied == 1);
}

TEST_CASE("a migration that changed, or is unknown to this binary, is refused") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  const store::Migration first[] = {{1, "a", "CREATE TABLE a (x int)"}};
  const store::Migration changed[] = {{1, "a", "CREATE TABLE a (x bigint)"}};
  const store::Migration other[] = {{2, "b", "CREATE TABLE b ()"}};
  store::migrate_up(options_for(fresh), first);
  CHECK(store::migration_status(fresh.owner_url(), changed)[0].state == State::changed);
  CHECK_THROWS_AS(store::migrate_up(options_for(fresh), changed), Error);
  CHECK_THROWS_AS(store::migrate_up(options_for(fresh), other), Error);
}

TEST_CASE("a migration that fails is rolled back completely") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  const store::Migration bad[] = {{1, "a", "CREATE TABLE a (x int); SELECT no_such_function()"}};
  const store::Migration good[] = {{1, "a", "CREATE TABLE a (x int)"}};
  CHECK_THROWS_AS(store::migrate_up(options_for(fresh), bad), Error);
  CHECK(fresh.execute("SELECT to_regclass('a') IS NULL") == "t");
  CHECK(store::migrate_up(options_for(fresh), good).applied.size() == 1);
}

TEST_CASE("a dry run of migrate applies nothing") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  auto options = options_for(fresh);
  options.dry_run = true;
  CHECK(store::migrate_up(options).applied.size() == store::embedded_migrations().size());
  CHECK(fresh.execute("SELECT to_regclass('users') IS NULL") == "t");
}

TEST_CASE("concurrent migrations wait for each other, and a held lock is reported") {
  support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> applied{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { applied += store::migrate_up(options_for(fresh)).applied.size(); });
  }
  for (auto& t : threads) t.join();
  CHECK(applied == store::embedded_migrations().size());

  store::Options holder_options;
  holder_options.url = fresh.owner_url();
  store::Database holder(holder_options);
  constexpr store::Query lock{"test/lock",
                              "SELECT pg_advisory_lock(hashtextextended('feedctl.migrate', 0))"};
  auto tx = holder.snapshot();
  tx.query(lock);
  auto options = options_for(fresh);
  options.lock_wait = std::chrono::seconds{0};
  try {
    store::migrate_up(options);
    FAIL("ran beside another");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::lock_held);
  }
}

TEST_CASE("migrating creates the secret key once and the log's partitions a week ahead") {
  support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  store::Database db(options);
  const auto key = store::load_key(db, store::secret_key_name);
  REQUIRE(key.has_value());
  CHECK(key->reveal().size() >= 40);
  store::migrate_up(options_for(fresh));
  CHECK(store::load_key(db, store::secret_key_name)->reveal() == key->reveal());
  CHECK(fresh.execute("SELECT feedctl_event_parts_ahead()") == "7");
}

TEST_CASE("ids and shards generated by SQL equal those generated by C++") {
  support::FreshDatabase fresh;
  const auto id = parse_id(fresh.execute("SELECT feedctl_next_id()"));
  REQUIRE(id.has_value());
  const auto age = now() - time_of_id(*id);
  CHECK(age < std::chrono::seconds{60});
  CHECK(age > std::chrono::seconds{-1});
  CHECK((*id >> 7 & 31) == 0);
  for (const Id i :
       {Id{1}, Id{5}, Id{99999}, *id, Id{1} << 40, (Id{1} << 53) - 1, Id{9223372036854775807}}) {
    CHECK(fresh.execute("SELECT feedctl_shard(" + std::to_string(i) + ")") ==
          std::to_string(shard_of(i)));
  }
}

TEST_CASE(
    "times and ids are computed by expressions, not by a function that is planned for every "
    "statement") {
  support::FreshDatabase fresh;
  const auto plan = fresh.execute(
      "EXPLAIN (VERBOSE, FORMAT json) SELECT feedctl_us(created_at), feedctl_id_at(created_at), "
      "feedctl_shard(id) FROM users");
  CHECK(plan.find("created_at") != std::string::npos);
  CHECK(plan.find("feedctl_") == std::string::npos);
  for (const std::string time : {"1970-01-01 00:00:00.000001+00", "2026-02-28 23:59:59.999999+00",
                                 "1969-12-31 23:59:59.5+00", "2200-01-01 00:00:00.123457+00"}) {
    const auto of = [&](const std::string& what) {
      return fresh.execute("SELECT (" + what + ")::text FROM (SELECT timestamptz '" + time +
                           "' AS t) moment");
    };
    CHECK(of("feedctl_us(t)") == of("(extract(epoch FROM t) * 1000000)::bigint"));
    CHECK(of("feedctl_id_at(t)") ==
          of("greatest((floor(extract(epoch FROM t) * 1000)::bigint - 1735689600000), 0) << 12"));
  }
}
