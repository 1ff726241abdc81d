// Who was seen is brought into memory before they ask again.
#include "home/town.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

std::int64_t readers_in_memory(const HttpClient& http) {
  const auto health = parsed(http.get("/debug/health"));
  return number(support::member_in(health, "feed_index"), "users");
}

}  // namespace

TEST_CASE("readers who were seen are in memory after a restart, and when warm-cache says so") {
  Town town(5);
  for (const auto user : town.users) {
    if (user != town.users[0]) town.follow(town.a, user, town.users[0]);
    create_post(town.a, user);
    CHECK(town.feed(town.a, user).status == 200);
  }
  CHECK(eventually(10s, [&] {
    return town.database.execute("SELECT count(*) FROM feed_state WHERE state > 0") == "5";
  }));
  town.database.execute("INSERT INTO events (type, shard, actor, object) VALUES (12, 0, 0, 5)");
  CHECK(eventually(10s, [&] { return readers_in_memory(town.b) == 5; }));
  town.serve_b.kill();
  town.serve_b.start();
  CHECK(eventually(10s, [&] { return readers_in_memory(town.b) == 5; }));
  const auto before = Town::from_memory(town.b);
  for (const auto user : town.users)
    CHECK(town.feed(town.b, user).body == town.feed(town.definition, user).body);
  CHECK(Town::from_memory(town.b) == before + 5);
}
