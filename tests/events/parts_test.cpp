#include <thread>

#include "events/events.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

TEST_CASE("a running server makes the log's missing parts by itself") {
  support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
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
