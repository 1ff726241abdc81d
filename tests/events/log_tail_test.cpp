// LogTail: the events of the log, in order and once each.
#include "events/log_tail.hpp"

#include "base/error.hpp"
#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/view_flush.hpp"

namespace feedctl::test {

namespace {

store::Options options_of(const support::FreshDatabase& fresh) {
  auto options = support::long_timeouts();
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
  events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"));
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

TEST_CASE("a tail parses times under any DateStyle of the database") {
  support::FreshDatabase fresh;
  fresh.execute(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET datestyle = german', "
      "current_database()); END $$; SELECT 1");
  put(fresh, 1, "date_trunc('day', now()) + interval '1 s'", "NULL");
  events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"));
  const auto events = tail.poll();
  REQUIRE(events.size() == 1);
  CHECK(std::to_string(unix_us(events[0].at)) ==
        fresh.execute("SELECT feedctl_us(at) FROM events"));
}

namespace {

// Terminates all other connections to the database.
void kill_connections(const support::FreshDatabase& fresh) {
  fresh.execute(
      "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid()");
}

// Polls again if the connection turns out to be broken.
std::vector<events::Event> poll(events::LogTail& tail) {
  for (int attempt = 0;; ++attempt) {
    try {
      return tail.poll();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unavailable || attempt == 5) throw;
    }
  }
}

void put_many(const support::FreshDatabase& fresh, int count) {
  fresh.execute(
      "INSERT INTO events (type, shard, actor, object) SELECT 1, 0, n, n FROM "
      "generate_series(1, " +
      std::to_string(count) + ") n");
}

}  // namespace

TEST_CASE(
    "a tail that is far behind reads in slices, and advances its position with the last one") {
  support::FreshDatabase fresh;
  put_many(fresh, 5);
  fresh.execute("SELECT setval('event_id_sequence', 1000000)");
  put_many(fresh, 4);
  events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"), 3);
  std::vector<std::int64_t> actors;
  Id last = 0;
  int polls = 0;
  do {
    const auto events = poll(tail);
    CHECK(events.size() <= 3);
    for (const auto& event : events) {
      CHECK(event.id > last);
      last = event.id;
      actors.push_back(event.actor);
    }
    if (polls == 0) put_many(fresh, 2);       // events of the next round
    if (polls == 1) kill_connections(fresh);  // no event is lost or read twice
    if (tail.has_more()) CHECK(tail.position()->text() == "1:1:");
    ++polls;
  } while (tail.has_more() && polls < 20);
  CHECK(polls > 3);
  CHECK(actors == std::vector<std::int64_t>{1, 2, 3, 4, 5, 1, 2, 3, 4});
  CHECK(tail.position()->is_visible(
      std::stoull(fresh.execute("SELECT xid FROM events WHERE id = " + std::to_string(last)))));
  CHECK(poll(tail).size() == 2);
  CHECK_FALSE(tail.has_more());
  CHECK(poll(tail).empty());
}

TEST_CASE("a tail gives the views that a flush has counted, at once or in slices") {
  support::FreshDatabase fresh;
  put_many(fresh, 2);
  support::flush_views(fresh, {{8, 2}, {9'000'000'000, 1}});
  support::flush_views(fresh, {{8, 1}});
  for (const auto max_events : {events::LogTail::max_poll_events, std::size_t{1}}) {
    CAPTURE(max_events);
    events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"), max_events);
    std::vector<events::Event> events;
    do {
      for (auto& event : poll(tail)) events.push_back(std::move(event));
    } while (tail.has_more());
    REQUIRE(events.size() == 4);
    CHECK(events[0].view_deltas.empty());
    CHECK(events[2].type == events::Type::views_flushed);
    CHECK(events[2].object == 2);
    REQUIRE(events[2].view_deltas.size() == 2);
    CHECK(events[2].view_deltas[0].post == 8);
    CHECK(events[2].view_deltas[0].count == 2);
    CHECK(events[2].view_deltas[1].post == 9'000'000'000);
    CHECK(events[2].view_deltas[1].count == 1);
    REQUIRE(events[3].view_deltas.size() == 1);
    CHECK(events[3].view_deltas[0].count == 1);
    CHECK(tail.poll().empty());
  }
}

TEST_CASE("a tail reads in slices where the events name too many posts") {
  support::FreshDatabase fresh;
  const auto flush = [&](std::int64_t posts) {
    std::vector<std::pair<std::int64_t, std::int64_t>> views;
    for (std::int64_t post = 1; post <= posts; ++post) views.emplace_back(post, 1);
    support::flush_views(fresh, views);
  };
  for (const auto posts : {3, 1, 2, 7, 1, 1}) {
    put_many(fresh, 2);
    flush(posts);
  }
  events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"), 100, 4);
  std::vector<std::size_t> flushed;
  std::size_t others = 0;
  Id last = 0;
  int polls = 0;
  do {
    std::size_t posts = 0;
    const auto events = poll(tail);
    for (const auto& event : events) {
      CHECK(event.id > last);
      last = event.id;
      posts += event.view_deltas.size();
      if (event.type == events::Type::views_flushed)
        flushed.push_back(event.view_deltas.size());
      else
        ++others;
    }
    CHECK((posts <= 4 || events.size() == 1));
    if (polls == 0) flush(1);                 // of the next round
    if (polls == 1) kill_connections(fresh);  // nothing is lost, nothing comes twice
    if (tail.has_more()) CHECK(tail.position()->text() == "1:1:");
    ++polls;
  } while (tail.has_more() && polls < 30);
  CHECK(polls > 3);
  CHECK(flushed == std::vector<std::size_t>{3, 1, 2, 7, 1, 1});
  CHECK(others == 12);
  CHECK(poll(tail).size() == 1);
  CHECK(poll(tail).empty());
  CHECK_FALSE(tail.has_more());
}

TEST_CASE("a tail refuses an event that names a post without its count of views") {
  support::FreshDatabase fresh;
  fresh.execute(
      "INSERT INTO events (type, shard, actor, object, view_deltas) VALUES (13, 0, 0, 2, "
      "'{8, 2, 9}') RETURNING id");
  events::LogTail tail(options_of(fresh), events::PgSnapshot::parse("1:1:"));
  try {
    poll(tail);
    FAIL("the event was read");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::internal);
  }
}

TEST_CASE("a tail that has delivered nothing yet handles transaction ids reused after a crash") {
  support::FreshDatabase fresh;
  put_many(fresh, 1);
  const auto used = fresh.execute("SELECT pg_current_xact_id()");
  events::LogTail tail(options_of(fresh), std::nullopt);
  CHECK(poll(tail).empty());
  REQUIRE(tail.position()->is_visible(std::stoull(used)));
  kill_connections(fresh);
  fresh.execute("INSERT INTO events (xid, type, shard, actor, object) VALUES ('" + used +
                "', 1, 0, 7, 8) RETURNING id");
  CHECK(poll(tail).size() == 1);
  CHECK(poll(tail).empty());
}

}  // namespace feedctl::test
