// The administration routes of dead events.
#include <future>

#include "admin/dead_events.hpp"
#include "admin_fixture.hpp"
#include "events/events.hpp"

using namespace feedctl;
using support::integer_in;
using support::text_in;
using test::AdminFixture;

namespace {

std::string path_of(Id dead, const std::string& verb = "") {
  return "dead-events/" + std::to_string(dead) + verb;
}

std::string like_payload() {
  events::Event event;
  event.id = 5;
  event.type = events::Type::post_liked;
  event.actor = 7;
  event.object = 42;
  return events::to_json(event);
}

}  // namespace

TEST_CASE("dead events are listed with the newest first, page by page") {
  AdminFixture site;
  const auto first = site.add_dead_event("event", like_payload(), std::string(500, 'x'));
  const auto second = site.add_dead_event();
  const auto page = site.get("dead-events?limit=1");
  const auto listed = support::list_in(page, "dead_events");
  REQUIRE(listed.size() == 1);
  CHECK(integer_in(listed[0], "id") == second);
  CHECK(text_in(listed[0], "type") == "fan_out");
  CHECK(support::member_in(listed[0], "actor").is_null());
  CHECK(integer_in(listed[0], "attempts") == 8);

  const auto rest = site.get("dead-events?limit=1&cursor=" + text_in(page, "next_cursor"));
  const auto older = support::list_in(rest, "dead_events");
  REQUIRE(older.size() == 1);
  CHECK(integer_in(older[0], "id") == first);
  CHECK(text_in(older[0], "type") == "PostLiked");
  CHECK(text_in(older[0], "consumer") == "work");
  CHECK(integer_in(older[0], "actor") == 7);
  CHECK(integer_in(older[0], "object") == 42);
  CHECK(text_in(older[0], "error").size() == 200);
  CHECK_FALSE(support::text_or_null_in(rest, "next_cursor"));
}

TEST_CASE("one dead event is shown with its members and the whole error") {
  AdminFixture site;
  const auto dead = site.add_dead_event("event", like_payload(), std::string(500, 'x'));
  const auto response = site.get(path_of(dead));
  CHECK(response.status == 200);
  CHECK(text_in(response, "error").size() == 500);
  const auto body = json::parse(response.body);
  CHECK(integer_in(support::member_in(body, "event"), "object") == 42);
  CHECK(site.get("dead-events/4711").status == 404);
}

TEST_CASE("a retried dead event is a job again, a dropped one is gone, each with one entry") {
  AdminFixture site;
  const auto first = site.add_dead_event(), second = site.add_dead_event();
  CHECK(site.post(path_of(first, "/retry")).status == 204);
  CHECK(site.del(path_of(second)).status == 204);
  CHECK(site.sql("SELECT count(*) FROM dead_events") == "0");
  CHECK(site.sql("SELECT string_agg(kind || ' ' || subject, ',') FROM jobs") == "fan_out 42");
  const std::string entries = "root dead_event.retry dead_event:" + std::to_string(first) +
                              ", root dead_event.drop dead_event:" + std::to_string(second);
  CHECK(site.entries() == entries);
  CHECK(site.post(path_of(first, "/retry")).status == 404);
  CHECK(site.del(path_of(second)).status == 404);
  CHECK(site.entries() == entries);
}

TEST_CASE("of concurrent retries of one dead event one happens") {
  AdminFixture site;
  const auto dead = site.add_dead_event();
  std::vector<std::future<bool>> tries;
  for (int i = 0; i < 6; ++i) {
    tries.push_back(std::async(std::launch::async, [&] {
      return admin::retry_dead_event(site.database, dead, {site.root, std::nullopt, ""});
    }));
  }
  int done = 0;
  for (auto& attempt : tries) done += attempt.get() ? 1 : 0;
  CHECK(done == 1);
  CHECK(site.sql("SELECT count(*) FROM jobs") == "1");
  CHECK(site.sql("SELECT count(*) FROM audit_log") == "1");
}
