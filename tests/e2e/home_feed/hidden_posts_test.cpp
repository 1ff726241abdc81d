// Posts that a moderator hides and shows again while pages are read from memory.
#include <future>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::rounds;

namespace {

// A token of a new admin. `migrate up` makes the key that signs it.
std::string admin_token(const support::FreshDatabase& database) {
  support::RunOptions shell;
  shell.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);
  const auto made = support::run_feedctl(
      {"users", "token", "--handle", "root", "--create", "--role", "admin"}, shell);
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  return made.out.substr(0, made.out.find('\n'));
}

struct Moderator {
  explicit Moderator(const support::FreshDatabase& database) : token(admin_token(database)) {}

  HttpResponse act(const HttpClient& http, std::int64_t post, const std::string& verb) const {
    return http.send_until_available("POST",
                                     "/api/v1/admin/posts/" + std::to_string(post) + "/" + verb, "",
                                     {{"Authorization", "Bearer " + token}});
  }

  std::string token;
};

std::vector<std::int64_t> ids_of(const HttpResponse& page) {
  std::vector<std::int64_t> ids;
  for (const auto& post : list_member(parse_body(page), "posts"))
    ids.push_back(integer_member(post, "id"));
  return ids;
}

}  // namespace

TEST_CASE("a page with the token of a hide lacks the post, on every serve, and its end shows it") {
  const HomeFeedCluster town(2);
  const Moderator moderator(town.database);
  const auto me = town.users[0], ann = town.users[1];
  town.follow(town.a, me, ann);
  const auto first = create_post(town.a, ann), post = create_post(town.b, ann),
             last = create_post(town.a, ann);
  const auto hot = [&](const HttpClient& http) { return ids_of(http.get("/v1/feed/hot")); };
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    for (const bool hidden : {true, false}) {
      const auto done = moderator.act(town.a, post, hidden ? "hide" : "unhide");
      INFO(done.body);
      REQUIRE(done.status == 200);
      const auto expected = hidden ? std::vector<std::int64_t>{last, first}
                                   : std::vector<std::int64_t>{last, post, first};
      const auto token = "?min_token=" + done.header("x-feed-token");
      for (const auto* http : {&town.a, &town.b, &town.reference}) {
        for (const auto user : {me, ann}) CHECK(ids_of(town.feed(*http, user, token)) == expected);
        CHECK(http->get("/v1/posts/" + std::to_string(post)).status == (hidden ? 404 : 200));
        CHECK(eventually([&] { return hot(*http) == expected; }));
      }
    }
  }
}

TEST_CASE("while posts are hidden and shown no page from memory differs from the defining query") {
  const HomeFeedCluster town(4, {{"feed.shadow", "100%"}});
  const Moderator moderator(town.database);
  std::vector<std::int64_t> posts;
  for (const auto user : town.users) {
    for (const auto other : town.users)
      if (other != user) town.follow(town.a, user, other);
    for (int i = 0; i < 6; ++i) posts.push_back(create_post(town.b, user));
  }
  // Uses no Catch2: it runs in a thread. Returns the first answer that is no 200.
  auto changes = std::async(std::launch::async, [&] {
    std::mt19937 random(5);
    for (int i = 0; i < rounds(150, 1500); ++i) {
      const auto post = posts[random() % posts.size()];
      const auto done =
          moderator.act(i % 2 ? town.a : town.b, post, random() % 2 ? "hide" : "unhide");
      if (done.status != 200) return std::to_string(done.status) + " " + done.body;
    }
    return std::string();
  });
  std::mt19937 random(7);
  do {
    for (const auto* http : {&town.a, &town.b})
      town.feed(*http, town.users[random() % 4], "?limit=" + std::to_string(1 + random() % 20));
  } while (changes.wait_for(0s) != std::future_status::ready);
  CHECK(changes.get() == "");
  for (const auto* http : {&town.a, &town.b}) {
    // The comparison's queue holds 64 pages: past those, all pages of the changes are compared.
    const auto before = town.metric(*http, "feedctl_feed_shadow_pages_total");
    CHECK(eventually([&] {
      for (const auto user : town.users) town.feed(*http, user);
      return town.metric(*http, "feedctl_feed_shadow_pages_total") > before + 64;
    }));
    CHECK(town.metric(*http, "feedctl_feed_divergence_total") == 0);
  }
  for (const auto post : posts) CHECK(moderator.act(town.a, post, "unhide").status == 200);
  for (const auto user : town.users) CHECK(ids_of(town.feed(town.reference, user)).size() == 24);
}
