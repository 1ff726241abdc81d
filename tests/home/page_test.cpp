// One page from memory is, byte for byte, the one that the definition gives.
#include "home/town.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

struct Two {
  Town town{3};
  std::int64_t me = town.users[0], ann = town.users[1], bob = town.users[2];
  std::int64_t post = 0;

  Two() {
    town.follow(town.a, me, ann);
    post = create_post(town.a, ann, "first of many \u00e9");
    for (int i = 0; i < 20; ++i) create_post(town.b, ann, std::string(300, 'x'));
    same();
  }
  void same() const {
    for (const auto* query : {"", "?limit=7", "?limit=100"}) {
      const auto wanted = town.feed(town.definition, me, query);
      for (const auto* http : {&town.a, &town.b}) {
        HttpAnswer got;
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
    return list(parsed(town.feed(http, me, query)), "posts").front();
  }
};

// This client waits for a body of a 304, where the connection stays.
HttpHeaders known(const std::string& tag) {
  return {{"If-None-Match", tag}, {"Connection", "close"}};
}

}  // namespace

TEST_CASE("pages from memory are those of the definition, with their fields") {
  Two two;
  const auto& town = two.town;
  const auto before = Town::from_memory(town.a);
  two.same();
  CHECK(Town::from_memory(town.a) >= before + 3);
  CHECK(town.whole(town.a, two.me, 6) == town.whole(town.definition, two.me, 6));
}

TEST_CASE("a page that is known already is not sent again") {
  Two two;
  const auto& town = two.town;
  const auto page = town.feed(town.a, two.me);
  const auto tag = page.header("etag");
  const auto same = town.feed(town.a, two.me, "", known(tag));
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("etag") == tag);
  CHECK(town.feed(town.b, two.me, "", known(tag)).status == 304);
  auto gzip = known("W/" + tag);
  gzip.emplace_back("Accept-Encoding", "gzip");
  CHECK(town.feed(town.a, two.me, "", gzip).status == 304);
  CHECK(town.feed(town.a, two.me, "", gzip).header("etag") == "W/" + tag);
  CHECK(town.feed(town.a, two.me, "?limit=3", known(tag)).status == 200);
  town.like(town.a, two.bob, two.post);
  CHECK(eventually(5s, [&] { return town.feed(town.a, two.me, "", known(tag)).status == 200; }));
}

TEST_CASE("a tag is good for its reader alone, and for the key that signed its cursor") {
  Two two;
  const auto& town = two.town;
  town.follow(town.a, two.bob, two.ann);
  const auto mine = town.feed(town.a, two.me, "?limit=3");
  const auto tag = mine.header("etag");
  for (const auto* http : {&town.a, &town.b, &town.definition}) {
    CHECK(town.feed(*http, two.me, "?limit=3", known(tag)).status == 304);
    const auto his = town.feed(*http, two.bob, "?limit=3", known(tag));
    REQUIRE(his.status == 200);
    CHECK(his.header("etag") != tag);
    CHECK(town.feed(*http, two.bob, "?limit=3", known(his.header("etag"))).status == 304);
    const auto cursor = support::text_in(his, "next_cursor");
    CHECK(town.feed(*http, two.bob, "?limit=3&cursor=" + cursor).status == 200);
  }
  support::Serve other(town.database, {{"server.secret_key", "the key that came after the first"}});
  const auto anew = town.feed(other.client(), two.me, "?limit=3", known(tag));
  CHECK(anew.status == 200);
  CHECK(anew.header("etag") != tag);
}

TEST_CASE("counts and likes are those of the last command, at once") {
  Two two;
  const auto& town = two.town;
  const auto newest = number(two.first(town.a), "id");
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const auto liked = town.like(town.a, two.me, newest);
    CHECK(liked.status == 201);
    auto post = two.first(town.a);
    CHECK(flag(post, "liked"));
    CHECK(number(post, "like_count") == 1);
    post = two.first(town.b, "?min_token=" + liked.header("x-feed-token"));
    CHECK(flag(post, "liked"));
    CHECK(number(post, "like_count") == 1);
    town.a.del("/v1/posts/" + std::to_string(newest) + "/likes", Town::as(two.me));
    post = two.first(town.a);
    CHECK_FALSE(flag(post, "liked"));
    CHECK(number(post, "like_count") == 0);
  }
  two.same();
}

TEST_CASE("new names, deleted posts and removed accounts show in every process") {
  Two two;
  const auto& town = two.town;
  REQUIRE(town.a
              .patch("/v1/users/" + std::to_string(two.ann), R"({"name":"Ann the Second"})",
                     Town::as(two.ann))
              .status == 200);
  CHECK(text(support::member_in(two.first(town.a), "author"), "name") == "Ann the Second");
  two.same();
  const auto newest = number(two.first(town.a), "id");
  town.a.del("/v1/posts/" + std::to_string(newest), Town::as(two.ann));
  CHECK(number(two.first(town.a), "id") < newest);
  two.same();
  town.follow(town.a, two.me, two.bob);
  const auto his = create_post(town.b, two.bob, "his");
  two.same();
  CHECK(number(two.first(town.b), "id") == his);
  REQUIRE(town.a.del("/v1/users/" + std::to_string(two.bob), Town::as(two.bob)).status < 300);
  CHECK(number(two.first(town.a), "id") < his);
  two.same();
  CHECK(town.feed(town.a, two.bob).status == 404);
  CHECK(eventually(5s, [&] { return town.feed(town.b, two.bob).status == 404; }));
  CHECK(town.feed(town.a, 12345).status == 404);
}

TEST_CASE("bad requests for a page are refused as ever") {
  Two two;
  const auto& town = two.town;
  for (const auto* query :
       {"?limit=0", "?limit=101", "?limit=x", "?cursor=forged", "?cursor=", "?limit=1&limit=2",
        "?min_token=forged", "?limit=%31", "?other=1", "?cursor=%zz"}) {
    CAPTURE(query);
    const auto wanted = town.feed(town.definition, two.me, query);
    const auto got = town.feed(town.a, two.me, query);
    CHECK(got.status == wanted.status);
    if (wanted.status == 200) CHECK(got.body == wanted.body);
    if (wanted.status != 200) CHECK(error_of(got) == error_of(wanted));
  }
  CHECK(town.a.get("/v1/feed").status == 400);
  CHECK(town.a.get("/v1/feed", {{"X-User-Id", "abc"}}).status ==
        town.definition.get("/v1/feed", {{"X-User-Id", "abc"}}).status);
}
