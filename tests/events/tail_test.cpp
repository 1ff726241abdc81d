// The log followed in memory.
#include "events/tail.hpp"

#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"

namespace feedctl::test {

namespace {

store::Options options_of(const support::FreshDatabase& fresh) {
  store::Options options;
  options.url = fresh.url();
  return options;
}

void put(const support::FreshDatabase& fresh, int type, const std::string& at,
         const std::string& liked_at) {
  fresh.execute("INSERT INTO events (type, shard, actor, object, at, liked_at) VALUES (" +
                std::to_string(type) + ", 3, 7, 8, " + at + ", " + liked_at + ") RETURNING id");
}

}  // namespace

TEST_CASE("a tail gives every event once, with its times to the microsecond") {
  support::FreshDatabase fresh;
  put(fresh, 1, "current_date + interval '3 h'", "NULL");
  put(fresh, 2, "current_date + interval '3 h 1.5 s'", "'2024-02-29 23:59:59.000001+00'");
  events::Tail tail(options_of(fresh), events::Snapshot::parse("1:1:"));
  const auto events = tail.poll();
  REQUIRE(events.size() == 2);
  CHECK(events[0].type == events::Type::post_liked);
  CHECK_FALSE(events[0].liked_at.has_value());
  CHECK(events[1].at - events[0].at == std::chrono::milliseconds{1500});
  CHECK(std::to_string(unix_us(events[1].at)) ==
        fresh.execute("SELECT feedctl_us(at) FROM events WHERE type = 2"));
  CHECK(rfc3339(events[1].liked_at.value()) == "2024-02-29T23:59:59.000001Z");
  CHECK(std::to_string(events[1].xid) == fresh.execute("SELECT xid FROM events WHERE type = 2"));
  CHECK(events[1].shard == 3);
  CHECK(events[1].actor == 7);
  CHECK(events[1].object == 8);
  CHECK(tail.poll().empty());
  put(fresh, 3, "clock_timestamp()", "NULL");
  CHECK(tail.poll().size() == 1);
}

TEST_CASE("a tail reads times whatever date style the database was given") {
  support::FreshDatabase fresh;
  fresh.execute(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = german', "
      "current_database()); END $$; SELECT 1");
  put(fresh, 1, "date_trunc('day', now()) + interval '1 s'", "NULL");
  events::Tail tail(options_of(fresh), events::Snapshot::parse("1:1:"));
  const auto events = tail.poll();
  REQUIRE(events.size() == 1);
  CHECK(std::to_string(unix_us(events[0].at)) ==
        fresh.execute("SELECT feedctl_us(at) FROM events"));
}

}  // namespace feedctl::test
