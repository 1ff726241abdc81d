// Who was seen is brought into memory before they ask again.
#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

std::int64_t readers_in_memory(const HttpClient& http) {
  const auto health = parse_body(http.get("/debug/health"));
  return integer_member(support::member_in(health, "feed_index"), "users");
}

}  // namespace

TEST_CASE("recent readers are in memory after a restart, and after warm-cache requests it") {
  HomeFeedCluster town(5);
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
  // A busy server discards what it has read too slowly.
  bool are_from_memory = false;
  for (int attempt = 0; attempt < 20 && !are_from_memory; ++attempt) {
    town.serve_b.kill();
    town.serve_b.start();
    CHECK(eventually([&] { return readers_in_memory(town.b) == 5; }));
    const auto before = HomeFeedCluster::pages_from_memory(town.b);
    for (const auto user : town.users)
      CHECK(town.feed(town.b, user).body == town.feed(town.reference, user).body);
    are_from_memory = HomeFeedCluster::pages_from_memory(town.b) == before + 5;
  }
  CHECK(are_from_memory);
}
