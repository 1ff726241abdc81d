// One page from memory is, byte for byte, the one that the definition gives.
#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct FollowedAuthorFixture {
  HomeFeedCluster town{3};
  std::int64_t me = town.users[0], ann = town.users[1], bob = town.users[2];
  std::int64_t post = 0;

  FollowedAuthorFixture() {
    town.follow(town.a, me, ann);
    post = create_post(town.a, ann, "first of many \u00e9");
    for (int i = 0; i < 20; ++i) create_post(town.b, ann, std::string(300, 'x'));
    check_equal_pages();
  }
  void check_equal_pages() const {
    for (const auto* query : {"", "?limit=7", "?limit=100"}) {
      const auto wanted = town.feed(town.reference, me, query);
      for (const auto* http : {&town.a, &town.b}) {
        HttpResponse got;
        CHECK(eventually(5s, [&] {
          got = town.feed(*http, me, query);
          return got.body == wanted.body;
        }));
        CHECK(got.body == wanted.body);
        CHECK(got.status == wanted.status);
        for (const auto* name : {"etag", "link", "cache-control", "content-type"})
          CHECK(got.header(name) == wanted.header(name));
      }
    }
  }
  json::Value first(const HttpClient& http, const std::string& query = "") const {
    return list_member(parse_body(town.feed(http, me, query)), "posts").front();
  }
};

// This client waits for a body of a 304, where the connection stays.
HttpHeaders with_etag(const std::string& tag) {
  return {{"If-None-Match", tag}, {"Connection", "close"}};
}

}  // namespace

TEST_CASE("pages from memory equal those of the defining query in every field") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  const auto before = HomeFeedCluster::pages_from_memory(town.a);
  CHECK(eventually([&] {
    two.check_equal_pages();
    return HomeFeedCluster::pages_from_memory(town.a) >= before + 3;
  }));
  CHECK(town.fetch_all_pages(town.a, two.me, 6) == town.fetch_all_pages(town.reference, two.me, 6));
}

TEST_CASE("a page with a matching ETag is answered with 304") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  const auto page = town.feed(town.a, two.me);
  const auto tag = page.header("etag");
  const auto same = town.feed(town.a, two.me, "", with_etag(tag));
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("etag") == tag);
  CHECK(town.feed(town.b, two.me, "", with_etag(tag)).status == 304);
  auto gzip = with_etag("W/" + tag);
  gzip.emplace_back("Accept-Encoding", "gzip");
  CHECK(town.feed(town.a, two.me, "", gzip).status == 304);
  CHECK(town.feed(town.a, two.me, "", gzip).header("etag") == "W/" + tag);
  CHECK(town.feed(town.a, two.me, "?limit=3", with_etag(tag)).status == 200);
  town.like(town.a, two.bob, two.post);
  CHECK(
      eventually(5s, [&] { return town.feed(town.a, two.me, "", with_etag(tag)).status == 200; }));
}

TEST_CASE("an ETag is valid for its reader only, and for the key that signed its cursor") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  town.follow(town.a, two.bob, two.ann);
  const auto mine = town.feed(town.a, two.me, "?limit=3");
  const auto tag = mine.header("etag");
  for (const auto* http : {&town.a, &town.b, &town.reference}) {
    CHECK(town.feed(*http, two.me, "?limit=3", with_etag(tag)).status == 304);
    const auto his = town.feed(*http, two.bob, "?limit=3", with_etag(tag));
    REQUIRE(his.status == 200);
    CHECK(his.header("etag") != tag);
    CHECK(town.feed(*http, two.bob, "?limit=3", with_etag(his.header("etag"))).status == 304);
    const auto cursor = support::text_in(his, "next_cursor");
    CHECK(town.feed(*http, two.bob, "?limit=3&cursor=" + cursor).status == 200);
  }
  support::ServerProcess other(town.database,
                               {{"server.secret_key", "the key that came after the first"}});
  const auto anew = town.feed(other.client(), two.me, "?limit=3", with_etag(tag));
  CHECK(anew.status == 200);
  CHECK(anew.header("etag") != tag);
}

TEST_CASE("counts and likes reflect the last command immediately") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  const auto newest = integer_member(two.first(town.a), "id");
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const auto liked = town.like(town.a, two.me, newest);
    CHECK(liked.status == 201);
    auto post = two.first(town.a);
    CHECK(bool_member(post, "liked"));
    CHECK(integer_member(post, "like_count") == 1);
    post = two.first(town.b, "?min_token=" + liked.header("x-feed-token"));
    CHECK(bool_member(post, "liked"));
    CHECK(integer_member(post, "like_count") == 1);
    town.a.del("/v1/posts/" + std::to_string(newest) + "/likes", HomeFeedCluster::as_user(two.me));
    post = two.first(town.a);
    CHECK_FALSE(bool_member(post, "liked"));
    CHECK(integer_member(post, "like_count") == 0);
  }
  two.check_equal_pages();
}

TEST_CASE("new names, deleted posts and removed accounts show in every process") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  REQUIRE(town.a
              .patch("/v1/users/" + std::to_string(two.ann), R"({"name":"Ann the Second"})",
                     HomeFeedCluster::as_user(two.ann))
              .status == 200);
  CHECK(text_member(support::member_in(two.first(town.a), "author"), "name") == "Ann the Second");
  two.check_equal_pages();
  const auto newest = integer_member(two.first(town.a), "id");
  town.a.del("/v1/posts/" + std::to_string(newest), HomeFeedCluster::as_user(two.ann));
  CHECK(integer_member(two.first(town.a), "id") < newest);
  two.check_equal_pages();
  town.follow(town.a, two.me, two.bob);
  const auto his = create_post(town.b, two.bob, "his");
  two.check_equal_pages();
  CHECK(integer_member(two.first(town.b), "id") == his);
  REQUIRE(
      town.a.del("/v1/users/" + std::to_string(two.bob), HomeFeedCluster::as_user(two.bob)).status <
      300);
  CHECK(integer_member(two.first(town.a), "id") < his);
  two.check_equal_pages();
  CHECK(town.feed(town.a, two.bob).status == 404);
  CHECK(eventually(5s, [&] { return town.feed(town.b, two.bob).status == 404; }));
  CHECK(town.feed(town.a, 12345).status == 404);
}

TEST_CASE("invalid page requests are refused as by the defining query") {
  FollowedAuthorFixture two;
  const auto& town = two.town;
  for (const auto* query :
       {"?limit=0", "?limit=101", "?limit=x", "?cursor=forged", "?cursor=", "?limit=1&limit=2",
        "?min_token=forged", "?limit=%31", "?other=1", "?cursor=%zz"}) {
    CAPTURE(query);
    const auto wanted = town.feed(town.reference, two.me, query);
    const auto got = town.feed(town.a, two.me, query);
    CHECK(got.status == wanted.status);
    if (wanted.status == 200) CHECK(got.body == wanted.body);
    if (wanted.status != 200) CHECK(error_message(got) == error_message(wanted));
  }
  CHECK(town.a.get("/v1/feed").status == 400);
  CHECK(town.a.get("/v1/feed", {{"X-User-Id", "abc"}}).status ==
        town.reference.get("/v1/feed", {{"X-User-Id", "abc"}}).status);
}
