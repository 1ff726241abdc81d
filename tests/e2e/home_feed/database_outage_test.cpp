// With the database away, users in memory keep their feeds; when it is back, nothing is lost.
#include "support/database_outage.hpp"

#include "e2e/home_feed/home_feed_cluster.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::DatabaseOutage;

TEST_CASE(
    "with the database down users in memory keep their feeds, and nothing is lost afterwards") {
  const HomeFeedCluster town(40, support::with_product_timeouts());
  std::mt19937 random(7);
  for (const auto user : town.users) {
    for (int i = 0; i < 8; ++i) {
      const auto whom = town.users[random() % town.users.size()];
      if (whom != user) town.follow(town.a, user, whom);
    }
    for (int i = 0; i < 3; ++i) create_post(town.a, user);
  }
  std::vector<std::string> pages;
  for (const auto user : town.users) pages.push_back(town.feed(town.a, user).body);
  {
    DatabaseOutage away(town.database);
    CHECK(town.a.post("/v1/posts", R"({"text":"x"})", HomeFeedCluster::as_user(town.users[0]))
              .status == 503);
    std::size_t kept = 0;
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < town.users.size(); ++i)
        kept += town.feed(town.a, town.users[i]).body == pages[i] ? 1 : 0;
    }
    CHECK(kept == 3 * town.users.size());
    away.end();
  }
  std::int64_t post = 0;
  CHECK(eventually(20s, [&] {
    const auto made =
        town.a.post("/v1/posts", R"({"text":"x"})", HomeFeedCluster::as_user(town.users[0]));
    return made.status == 201;
  }));
  post = create_post(town.b, town.users[1]);
  for (const auto user : town.users) {
    const auto wanted = town.fetch_all_pages(town.reference, user, 10);
    for (const auto* http : {&town.a, &town.b}) {
      std::string got;
      eventually(20s, [&] { return (got = town.fetch_all_pages(*http, user, 10)) == wanted; });
      CHECK(got == wanted);
    }
  }
  CHECK(post != 0);
}

TEST_CASE(
    "with the database down the token of a user in memory is accepted, whether seen before or "
    "not") {
  const HomeFeedCluster town(2, support::with_product_timeouts());
  const auto me = town.users[0];
  create_post(town.a, me, "mine");
  support::RunOptions shell;
  shell.environment = {"FEEDCTL_DATABASE_URL=" + town.database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + town.database.owner_url().reveal()};
  REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);  // makes a signing key
  const auto token = [&](const std::string& ttl) -> HttpHeaders {
    const auto made =
        support::run_feedctl({"users", "token", "--handle", "u0", "--ttl", ttl}, shell);
    REQUIRE(made.exit_code == 0);
    return {{"Authorization", "Bearer " + made.out.substr(0, made.out.find('\n'))}};
  };
  auto settings = town.settings_;
  settings["auth.mode"] = "required";
  support::ServerProcess serve(town.database, settings);
  const auto http = serve.client();
  const auto seen = token("10m"), unseen = token("9m");
  REQUIRE(eventually(20s, [&] { return HomeFeedCluster::is_index_ready(http); }));
  const auto page = http.get("/v1/feed", seen);
  REQUIRE(page.status == 200);
  REQUIRE(page.body.find("mine") != std::string::npos);
  DatabaseOutage away(town.database);
  for (const auto& mine : {seen, unseen, seen, unseen}) {
    const auto kept = http.get("/v1/feed", mine);
    CHECK(kept.status == 200);
    CHECK(kept.body == page.body);
  }
  auto forged = unseen;
  forged[0].second.back() = forged[0].second.back() == 'A' ? 'B' : 'A';
  forged[0].second[forged[0].second.size() - 10] ^= 1;
  CHECK(http.get("/v1/feed", forged).status == 401);
  CHECK(http.get("/v1/feed").status == 401);
}
