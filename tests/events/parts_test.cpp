#include <algorithm>
#include <thread>

#include "events/events.hpp"
#include "events/seats.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

TEST_CASE("a running server makes the log's missing parts by itself") {
  support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  options.connect_timeout = std::chrono::seconds{30};
  store::Database db(options);
  REQUIRE(events::parts_ahead(db) == 7);
  events::PartKeeper keeper(db, 12);
  for (int i = 0; i < 200 && events::parts_ahead(db) < 12; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  CHECK(events::parts_ahead(db) == 12);
}

TEST_CASE("the log takes rows today, yesterday and a week from now, and none beyond its parts") {
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

TEST_CASE("what was written to a part while its drop waited for the writer is kept") {
  support::FreshDatabase fresh;
  fresh.execute("SELECT feedctl_make_event_parts(0)");
  const auto old_part = [&] {
    return fresh.execute(
        "SELECT min(relname) FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = "
        "'events'::regclass");
  };
  // Yesterday's, which is the oldest there is.
  const auto part = old_part();
  store::Options options;
  options.url = fresh.url();
  options.connect_timeout = std::chrono::seconds{30};
  store::Database database(options);
  for (int round = 0; round < 5 && old_part() == part; ++round) {
    std::thread writer([&] {
      fresh.execute(
          "WITH e AS (INSERT INTO events (at, type, shard, actor, object) VALUES (now() - interval "
          "'1 day', 8, 0, 1, 1) RETURNING id) SELECT pg_sleep(0.06) FROM e");
    });
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    events::retire_part(database, std::chrono::milliseconds{0});
    writer.join();
  }
  CHECK(old_part() == part);
  CHECK(fresh.execute("SELECT count(*) > 0 FROM " + part) == "t");
  CHECK_THROWS(fresh.execute("SELECT feedctl_retire_event_part(interval '-9 days')"));
}

TEST_CASE("a relay that no process runs is forgotten, one that runs is not") {
  support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  options.connect_timeout = std::chrono::seconds{30};
  store::Database database(options);
  const auto relays = [&] {
    return fresh.execute("SELECT count(*) FROM consumers WHERE name = 'relay'");
  };
  fresh.execute(
      "INSERT INTO consumers (name, slot, at) VALUES ('relay', 0, '5:5:') RETURNING slot");
  {
    events::Seats seats(options, true);
    seats.refresh();
    const auto taken = seats.held();
    REQUIRE(std::count(taken.begin(), taken.end(), events::relay_seat) == 1);
    events::drop_idle_relay(database);
    CHECK(relays() == "1");
  }
  for (int i = 0; i < 500 && relays() == "1"; ++i) {
    events::drop_idle_relay(database);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  CHECK(relays() == "0");
}
