// `serve --shadow`: pages from memory against the definition.
#include "e2e/home_feed/home_feed_cluster.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("pages from memory are compared with the defining query during changes, and are equal") {
  const HomeFeedCluster town(6, {{"feed.shadow", "100%"}});
  for (const auto user : town.users) {
    for (const auto other : town.users)
      if (other != user) town.follow(town.a, user, other);
  }
  std::mt19937 random(3);
  const auto change_and_read = [&](int i) {
    const auto post = create_post(i % 2 == 0 ? town.a : town.b, town.users[random() % 6]);
    town.like(town.b, town.users[random() % 6], post);
    town.feed(town.a, town.users[random() % 6], "?limit=" + std::to_string(1 + random() % 100));
  };
  int i = 0;
  while (i < 200) change_and_read(i++);
  // A busy server compares fewer pages.
  CHECK(eventually(60s, [&] {
    change_and_read(i++);
    return town.metric(town.a, "feedctl_feed_shadow_pages_total") > 30;
  }));
  CHECK(town.metric(town.a, "feedctl_feed_divergence_total") == 0);
}

TEST_CASE("a change that bypassed the log is detected, and both lists are logged") {
  const HomeFeedCluster town(3, {{"feed.shadow", "100%"}});
  const auto me = town.users[0], ann = town.users[1];
  town.follow(town.a, me, ann);
  const auto post = create_post(town.a, ann);
  CHECK(town.feed(town.a, me).status == 200);
  town.database.execute("DELETE FROM follows WHERE follower_id = " + std::to_string(me));
  CHECK(eventually(20s, [&] {
    town.feed(town.a, me);
    return town.metric(town.a, "feedctl_feed_divergence_total") > 0;
  }));
  const auto log = town.serve_a.output();
  CHECK(log.find("a feed page from memory differs from the defining query's") != std::string::npos);
  CHECK(log.find(std::to_string(post)) != std::string::npos);
}
