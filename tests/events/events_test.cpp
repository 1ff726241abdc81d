// Events as JSON.
#include "events/events.hpp"

#include "support/catch.hpp"

namespace feedctl::test {

TEST_CASE("an event as JSON names its type and what only its type has") {
  events::Event event;
  event.xid = 8231;
  event.id = 5;
  event.at = from_unix_us(1'700'000'000'000'000);
  event.type = events::Type::views_flushed;
  event.object = 2;
  event.view_deltas = {{1, 2}, {-3, 9'000'000'000}};
  CHECK(events::to_json(event) ==
        R"({"xid":"8231","id":5,"at":")" + rfc3339(event.at) +
            R"(","event":"ViewsFlushed","type":13,"shard":0,"actor":0,"object":2,)"
            R"("views":[{"post":1,"count":2},{"post":-3,"count":9000000000}]})");
  event.view_deltas.clear();
  event.type = events::Type::post_unliked;
  event.liked_at = event.at;
  CHECK(events::to_json(event) ==
        R"({"xid":"8231","id":5,"at":")" + rfc3339(event.at) +
            R"(","event":"PostUnliked","type":2,"shard":0,"actor":0,"object":2,"liked_at":")" +
            rfc3339(event.at) + R"("})");
}

}  // namespace feedctl::test
