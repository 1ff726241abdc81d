#include "events/partitions.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

#include "events/events.hpp"
#include "events/slot_leases.hpp"
#include "store/migrator.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

TEST_CASE("the maintainer creates the log's missing partitions") {
  support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  store::Database db(options);
  REQUIRE(events::partitions_ahead(db) == 7);
  events::PartitionMaintainer(db, 12).maintain();
  CHECK(events::partitions_ahead(db) == 12);
}

TEST_CASE("the log accepts rows of yesterday to a week ahead, and none outside its partitions") {
  support::FreshDatabase fresh;
  for (const char* day : {"-1", "0", "7"}) {
    const std::string at = std::string("now() + interval '") + day + " days'";
    CHECK(fresh.execute("INSERT INTO events (at, type, shard, actor, object) VALUES (" + at +
                        ", 5, 0, 1, 1) RETURNING type") == "5");
  }
  CHECK_THROWS(
      fresh.execute("INSERT INTO events (at, type, shard, actor, object) VALUES (now() + interval "
                    "'9 days', 5, 0, 1, 1)"));
}

TEST_CASE("rows written to a partition while its drop waited for the writer are kept") {
  support::FreshDatabase fresh;
  fresh.execute("SELECT feedctl_make_event_parts(0)");
  const auto old_part = [&] {
    return fresh.execute(
        "SELECT min(relname) FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = "
        "'events'::regclass");
  };
  // The partition of yesterday is the oldest.
  const auto part = old_part();
  // An event of today: it makes those of yesterday old enough.
  fresh.execute("INSERT INTO events (type, shard, actor, object) VALUES (8, 0, 2, 2)");
  auto options = support::long_timeouts();
  options.url = fresh.url();
  store::Database database(options);
  for (int round = 0; round < 2 && old_part() == part; ++round) {
    std::thread writer([&] {
      fresh.execute(
          "WITH e AS (INSERT INTO events (at, type, shard, actor, object) VALUES (now() - interval "
          "'1 day', 8, 0, 1, 1) RETURNING id) SELECT pg_sleep(1.5) FROM e");
    });
    CHECK(support::eventually([&] {
      return fresh.execute(
                 "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                 "wait_event = 'PgSleep'") == "1";
    }));
    events::drop_oldest_partition(database, std::chrono::milliseconds{0}, now());
    writer.join();
  }
  CHECK(old_part() == part);
  CHECK(fresh.execute("SELECT count(*) > 0 FROM " + part) == "t");
  CHECK_THROWS(fresh.execute("SELECT feedctl_retire_event_part(interval '-9 days')"));
}

namespace {

std::string partition_of(const support::FreshDatabase& fresh, int days) {
  return fresh.execute("SELECT 'events_' || to_char((now() + interval '" + std::to_string(days) +
                       " days') AT TIME ZONE 'UTC', 'YYYYMMDD')");
}

void put_event(const support::FreshDatabase& fresh, int days) {
  fresh.execute("INSERT INTO events (at, type, shard, actor, object) VALUES (now() + interval '" +
                std::to_string(days) + " days', 8, 0, 1, 1)");
}

// Retires a partition, once every consumer has moved past all events.
std::string drop_partition(const support::FreshDatabase& fresh, const std::string& arguments) {
  fresh.execute("UPDATE consumers SET at = pg_current_snapshot()");
  fresh.execute("UPDATE hot_state SET position = pg_current_snapshot()");
  return fresh.execute("SELECT coalesce(feedctl_retire_event_part(" + arguments + "), 'none')");
}

void add_old_partition(const support::FreshDatabase& fresh, const std::string& name) {
  fresh.execute(
      "DO $$ DECLARE day timestamptz := date_trunc('day', now(), 'UTC') - interval '9 days'; BEGIN "
      "EXECUTE format('CREATE TABLE " +
      name +
      " PARTITION OF events FOR VALUES FROM (%L) TO (%L)', day, day + interval '1 day'); END $$");
  fresh.execute("ALTER TABLE " + name + " OWNER TO feedctl_owner");
}

}  // namespace

TEST_CASE("old partitions of the log are dropped, whatever the planner's statistics") {
  const support::FreshDatabase fresh;
  add_old_partition(fresh,
                    "events_" + fresh.execute("SELECT to_char((now() - interval '9 days') AT "
                                              "TIME ZONE 'UTC', 'YYYYMMDD')"));
  put_event(fresh, 0);
  fresh.execute("CREATE TABLE other (id integer) PARTITION BY LIST (id)");
  fresh.execute("CREATE TABLE other_default PARTITION OF other DEFAULT");
  fresh.execute("ANALYZE pg_inherits");
  CHECK(drop_partition(fresh, "'3 days'") != "none");
  CHECK(drop_partition(fresh, "'3 days'") == "none");
}

TEST_CASE("a partition of the log is identified by its bounds, not by its name") {
  const support::FreshDatabase fresh;
  add_old_partition(fresh, "before_last_week");
  fresh.execute("CREATE TABLE the_rest PARTITION OF events DEFAULT");
  fresh.execute("ALTER TABLE the_rest OWNER TO feedctl_owner");
  put_event(fresh, 0);
  CHECK(drop_partition(fresh, "'3 days'") == "before_last_week");
  CHECK(drop_partition(fresh, "'3 days'") == "none");
  CHECK(fresh.execute("SELECT feedctl_make_event_parts(9)") == "2");
}

TEST_CASE("however far ahead the clock is, the log keeps its newest and its recent events") {
  const support::FreshDatabase fresh;
  CHECK(drop_partition(fresh, "'3 days', now() + interval '400 days'") == "none");
  put_event(fresh, -1);
  put_event(fresh, 0);
  CHECK(drop_partition(fresh, "'3 days', now() + interval '400 days'") == "none");
  CHECK(drop_partition(fresh, "'0 days', now() + interval '400 days'") == partition_of(fresh, -1));
  CHECK(drop_partition(fresh, "'0 days', now() + interval '400 days'") == "none");
  CHECK(drop_partition(fresh, "'0 days', NULL") == "none");
  CHECK(fresh.execute("SELECT count(*) FROM events") == "1");
}

TEST_CASE("rows in a DEFAULT partition move to partitions of their own days") {
  const support::FreshDatabase fresh;
  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  fresh.execute("CREATE TABLE the_rest PARTITION OF events DEFAULT");
  fresh.execute("ALTER TABLE the_rest OWNER TO feedctl_owner");
  for (const int day : {-1, 0, 20}) put_event(fresh, day);
  CHECK(fresh.execute("SELECT count(*) FROM the_rest") == "2");
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  CHECK(events::partitions_ahead(database) == -1);
  CHECK(events::has_current_partition(database));
  events::create_partitions(database, 3);
  CHECK(events::partitions_ahead(database) == 7);
  CHECK(fresh.execute("SELECT count(*) FROM the_rest") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM events") == "3");
}

TEST_CASE("a day with many rows in the DEFAULT partition stays there until migrate up moves it") {
  const support::FreshDatabase fresh;
  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  fresh.execute("CREATE TABLE the_rest PARTITION OF events DEFAULT");
  fresh.execute("ALTER TABLE the_rest OWNER TO feedctl_owner");
  fresh.execute(
      "INSERT INTO events (type, shard, actor, object) SELECT 8, 0, 1, 1 FROM generate_series(1, "
      "20001)");
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  events::PartitionMaintainer parts(database, 7);
  const auto start = events::RetryBackoff::Clock::now();
  parts.maintain(start);
  CHECK(events::partitions_ahead(database) == -1);
  CHECK(events::has_current_partition(database));
  CHECK(fresh.execute("SELECT count(*) FROM the_rest") == "20001");
  SECTION("migrate up, which has no time-out") {
    CHECK(fresh.execute("SELECT feedctl_make_event_parts(7)") == "1");
  }
  SECTION("or until there is less, which is looked up after a pause") {
    fresh.execute("DELETE FROM the_rest WHERE id = (SELECT max(id) FROM the_rest)");
    parts.maintain(start + std::chrono::seconds{9});
    CHECK(events::partitions_ahead(database) == -1);
    parts.maintain(start + std::chrono::seconds{10});
  }
  CHECK(events::partitions_ahead(database) == 7);
  CHECK(fresh.execute("SELECT count(*) FROM the_rest") == "0");
}

TEST_CASE("a migration that loses a deadlock with a writer is retried") {
  const support::FreshDatabase fresh(support::FreshDatabase::Schema::empty);
  // A sequence keeps its value when the transaction that used it is rolled back.
  fresh.execute("CREATE SEQUENCE tries; ALTER SEQUENCE tries OWNER TO feedctl_owner; SELECT 1");
  const store::Migration migrations[] = {
      {1, "a",
       "DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE EXCEPTION 'met another' USING ERRCODE = "
       "'40P01'; END IF; END $$; CREATE TABLE a (x int)"}};
  store::MigrateOptions options;
  options.owner_url = fresh.owner_url();
  options.url = fresh.url();
  CHECK(store::migrate_up(options, migrations).applied.size() == 1);
  CHECK(fresh.execute("SELECT last_value FROM tries") == "2");
}

TEST_CASE("failing attempts to create partitions back off, up to once an hour") {
  events::RetryBackoff pause;
  auto now = events::RetryBackoff::Clock::now();
  CHECK(pause.is_over(now));
  for (const int seconds : {10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600}) {
    pause.on_failure(now);
    now += std::chrono::seconds{seconds - 1};
    CHECK_FALSE(pause.is_over(now));
    now += std::chrono::seconds{1};
    CHECK(pause.is_over(now));
  }
  pause.on_success();
  pause.on_failure(now);
  CHECK(pause.is_over(now + std::chrono::seconds{10}));
}

TEST_CASE("a detached partition of the log is attached again with its events, or replaced") {
  const support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  const auto today = partition_of(fresh, 0);
  put_event(fresh, 0);
  fresh.execute("ALTER TABLE events DETACH PARTITION " + today);
  CHECK(events::partitions_ahead(database) == -1);
  CHECK_FALSE(events::has_current_partition(database));
  events::ensure_partitions(database, 7);
  CHECK(events::partitions_ahead(database) == 7);
  CHECK(fresh.execute("SELECT count(*) FROM events") == "1");

  fresh.execute("ALTER TABLE events DETACH PARTITION " + today);
  fresh.execute("ALTER TABLE " + today + " DROP COLUMN liked_at");
  events::ensure_partitions(database, 7);
  CHECK(events::partitions_ahead(database) == 7);
  CHECK(fresh.execute("SELECT count(*) FROM events") == "0");
  CHECK(fresh.execute("SELECT count(*) FROM " + today) == "1");
}

TEST_CASE("the count of days ahead ends at the first day without a partition") {
  const support::FreshDatabase fresh;
  fresh.execute("DROP TABLE " + partition_of(fresh, 3));
  CHECK(fresh.execute("SELECT feedctl_event_parts_ahead()") == "2");
  CHECK(fresh.execute("SELECT feedctl_event_parts_ahead(now() + interval '4 days')") == "3");
  CHECK(fresh.execute("SELECT feedctl_event_parts_ahead(now() + interval '40 days')") == "-1");
}

TEST_CASE("a row without a partition gets one, in a single statement or in a transaction") {
  const support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  constexpr store::Query put{"test/put",
                             "INSERT INTO events (type, shard, actor, object) VALUES (8, 0, 1, 1)"};
  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  CHECK(database.execute(put).affected() == 1);

  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  {
    auto tx = database.write();
    CHECK_THROWS_AS(tx.query(put), store::SqlError);
  }
  auto tx = database.write();
  CHECK(tx.query(put).affected() == 1);
  tx.commit();

  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  store::Session session(options);
  CHECK(session.run(put).affected() == 1);
}

TEST_CASE("many writers that find no partition create it once, and all succeed") {
  const support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  options.pool_size = 16;
  store::Database database(options);
  constexpr store::Query put{"test/put",
                             "INSERT INTO events (type, shard, actor, object) VALUES (8, 0, 1, 1)"};
  fresh.execute("DROP TABLE " + partition_of(fresh, 0));
  std::atomic<int> done{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i)
    writers.emplace_back([&] {
      try {
        database.execute(put);
        ++done;
      } catch (const Error&) {
        // the failed attempt does not count
      }
    });
  for (auto& writer : writers) writer.join();
  CHECK(done == 16);
}

TEST_CASE("a row that violates a constraint is refused, and no partition is created for it") {
  const support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  constexpr store::Query wrong{"test/wrong", "INSERT INTO user_stats VALUES (1, -1, 0)"};
  fresh.execute("DROP TABLE " + partition_of(fresh, 7));
  try {
    database.execute(wrong);
    FAIL("it was taken");
  } catch (const store::SqlError& error) {
    CHECK(error.code() == ErrorCode::internal);
    CHECK(error.constraint() == "user_stats_followers_check");
  }
  CHECK(events::partitions_ahead(database) == 6);
}

TEST_CASE("a relay that no process runs is removed, a running one is kept") {
  support::FreshDatabase fresh;
  auto options = support::long_timeouts();
  options.url = fresh.url();
  store::Database database(options);
  const auto relays = [&] {
    return fresh.execute("SELECT count(*) FROM consumers WHERE name = 'relay'");
  };
  fresh.execute(
      "INSERT INTO consumers (name, slot, at) VALUES ('relay', 0, '5:5:') RETURNING slot");
  {
    events::SlotLeases seats(options, true);
    seats.renew();
    const auto taken = seats.held();
    REQUIRE(std::count(taken.begin(), taken.end(), events::relay_slot) == 1);
    events::drop_idle_relay(database);
    CHECK(relays() == "1");
  }
  for (int i = 0; i < 6000 && relays() == "1"; ++i) {
    events::drop_idle_relay(database);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(relays() == "0");
}
