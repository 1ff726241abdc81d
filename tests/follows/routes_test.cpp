#include "follows/routes.hpp"

#include "base/error.hpp"
#include "base/json.hpp"
#include "support/blocking_follows.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "support/stored_images.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

struct FollowRoutesFixture {
  explicit FollowRoutesFixture(auth::Mode mode) : options(make_auth_options(mode)) {
    auth::ensure_signing_key(owner);
    follows::add_routes(router, {follows, auth, cursors});
  }
  static auth::Options make_auth_options(auth::Mode mode) {
    auth::Options made;
    made.mode = mode;
    return made;
  }
  static store::Options database_options(Secret<std::string> url) {
    auto made = support::long_timeouts();
    made.url = std::move(url);
    return made;
  }
  Id add(const std::string& handle) { return users.create({handle}).id; }
  support::InProcessClient::Headers token_of(Id user) {
    return {{"authorization", "Bearer " + auth.issue(user, 60s)}};
  }
  // "a>b " for every follow, by handles.
  std::string pairs() const {
    return fresh.execute(
        "SELECT coalesce(string_agg(a.handle || '>' || b.handle, ' ' ORDER BY a.handle, b.handle), "
        "'') "
        "FROM follows JOIN users a ON a.id = follower_id JOIN users b ON b.id = followee_id");
  }

  support::FreshDatabase fresh;
  store::Database owner{database_options(fresh.owner_url())};
  store::Database database{database_options(fresh.url())};
  auth::Options options;
  auth::Auth auth{options, database};
  users::Users users{database};
  support::BlockingFollows follows{database};
  CursorSigner cursors{Secret<std::string>("a key of this test's own")};
  http::Router router;
  support::InProcessClient server{router, auth};
};

std::string as_user(Id id) {
  return "{\"user_id\":" + std::to_string(id) + "}";
}

std::string path(Id id, const std::string& what) {
  return "/v1/users/" + std::to_string(id) + "/" + what;
}

std::string answer(Id followee, bool following) {
  return R"({"user_id":)" + std::to_string(followee) + R"(,"following":)" +
         (following ? "true}" : "false}");
}

std::string error_of(const http::Response& response) {
  const bool refused = response.status >= 400;
  return std::to_string(response.status) + " " +
         (refused ? support::text_in(response, "error") : "");
}

std::string header_of(const http::Response& response, const std::string& name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

struct UserList {
  std::string handles;
  std::string next;  // "" at the end
};
UserList parse_user_list(const http::Response& response) {
  REQUIRE(response.status == 200);
  const auto body = json::parse(response.body);
  UserList made;
  for (const auto& user : support::list_in(body, "users")) {
    made.handles += support::text_in(user, "handle") + " ";
  }
  made.next = support::text_or_null_in(body, "next_cursor").value_or("");
  return made;
}

}  // namespace

TEST_CASE("lists of followers and followees show avatars") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob");
  site.server.post(path(bob, "follow"), as_user(ada));
  site.server.post(path(ada, "follow"), as_user(bob));
  const auto avatar = "\"avatar\":" + support::avatar_json(support::set_avatar(site.fresh, bob));
  for (const auto* list : {"followers", "following"}) {
    INFO(list);
    CHECK(site.server.get(path(ada, list)).body.find(avatar) != std::string::npos);
    CHECK(site.server.get(path(bob, list)).body.find("\"avatar\":null") != std::string::npos);
  }
}

TEST_CASE("the path names the followee, the request names the follower") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob"), eve = site.add("eve");
  const auto followed = site.server.post(path(bob, "follow"), as_user(ada));
  CHECK(followed.status == 200);
  CHECK(followed.body == answer(bob, true));
  CHECK(site.pairs() == "ada>bob");
  CHECK(site.server.post(path(bob, "follow"), as_user(ada)).body == answer(bob, true));
  CHECK(site.server.post(path(bob, "follow"), "", {{"x-user-id", std::to_string(eve)}}).status ==
        200);
  CHECK(site.server.post(path(ada, "follow") + "?user_id=" + std::to_string(eve)).status == 200);
  CHECK(site.pairs() == "ada>bob eve>ada eve>bob");
  CHECK(site.server.post(path(bob, "unfollow"), as_user(eve)).body == answer(bob, false));
  CHECK(site.server.post(path(bob, "unfollow"), as_user(eve)).body == answer(bob, false));
  CHECK(site.server.post(path(ada, "unfollow"), "", site.token_of(eve)).body == answer(ada, false));
  CHECK(site.pairs() == "ada>bob");
}

TEST_CASE("the alias paths do the same, with and without a trailing slash") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob");
  const auto at = "/users/" + std::to_string(bob);
  CHECK(site.server.post(at + "/follow", as_user(ada)).body == answer(bob, true));
  CHECK(site.server.post(at + "/unfollow/", as_user(ada)).body == answer(bob, false));
  CHECK(site.server.post(path(bob, "follow/"), as_user(ada)).body == answer(bob, true));
  CHECK(site.pairs() == "ada>bob");
}

TEST_CASE("an invalid follow is refused with a message") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob");
  CHECK(error_of(site.server.post(path(ada, "follow"), as_user(ada))) ==
        "400 cannot follow yourself");
  CHECK(error_of(site.server.post(path(77, "follow"), as_user(ada))) ==
        "404 User with id 77 not found");
  CHECK(error_of(site.server.post(path(bob, "follow"), as_user(78))) ==
        "404 User with id 78 not found");
  CHECK(error_of(site.server.post(path(77, "unfollow"), as_user(ada))) ==
        "404 User with id 77 not found");
  CHECK(error_of(site.server.post(path(bob, "follow"))) == "400 user_id is required");
  CHECK(error_of(site.server.post(path(bob, "unfollow"), "{}")) == "400 user_id is required");
  CHECK(error_of(site.server.post(path(bob, "follow"), R"({"user_id":0})")) ==
        "400 user_id must be positive");
  CHECK(site.server.post(path(bob, "follow"), R"({"user_id":"x"})").status == 400);
  CHECK(site.server.post(path(bob, "follow"), "", {{"x-user-id", "0"}}).status == 400);
  CHECK(site.server.post("/v1/users/abc/follow", as_user(ada)).status == 404);
  CHECK(site.server.get(path(bob, "follow")).status == 405);
  CHECK(site.pairs() == "");
}

TEST_CASE("where tokens are required, a user follows for themselves only") {
  FollowRoutesFixture site(auth::Mode::required);
  const auto ada = site.add("ada"), bob = site.add("bob");
  const auto admin = site.users.create({"root", "", users::Role::admin}).id;
  CHECK(site.server.post(path(bob, "follow"), as_user(ada)).status == 401);
  CHECK(site.server.post(path(ada, "follow"), as_user(ada), site.token_of(bob)).status == 403);
  CHECK(site.server.post(path(ada, "follow"), as_user(bob), site.token_of(bob)).status == 200);
  CHECK(site.server.post(path(bob, "follow"), "", site.token_of(ada)).status == 200);
  CHECK(site.server.post(path(admin, "follow"), as_user(bob), site.token_of(admin)).status == 200);
  CHECK(site.pairs() == "ada>bob bob>ada bob>root");
}

TEST_CASE("followers and followed users paginate by cursor and by Link") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto star = site.add("star");
  for (int i = 0; i < 5; ++i) {
    const auto fan = site.add("u" + std::to_string(i));
    site.follows.follow(fan, star);
    site.follows.follow(star, fan);
  }
  for (const std::string list : {"followers", "following"}) {
    const auto first = site.server.get(path(star, list) + "?limit=2");
    const auto [handles, cursor] = parse_user_list(first);
    CHECK(handles == "u4 u3 ");
    REQUIRE(cursor != "");
    const auto next = path(star, list) + "?limit=2&cursor=" + cursor;
    CHECK(header_of(first, "Link") == "<" + next + ">; rel=\"next\"");
    const auto second = parse_user_list(site.server.get(next));
    CHECK(second.handles == "u2 u1 ");
    const auto last = site.server.get(path(star, list) + "?limit=2&cursor=" + second.next);
    CHECK(parse_user_list(last).handles == "u0 ");
    CHECK(parse_user_list(last).next == "");
    CHECK(header_of(last, "Link") == "");
    CHECK(parse_user_list(site.server.get(path(star, list))).handles == "u4 u3 u2 u1 u0 ");
    CHECK(parse_user_list(site.server.get(path(star, list) + "?limit=5")).next == "");
  }
}

TEST_CASE("a list item has the same form as a user elsewhere") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto ada = site.add("ada"), bob = site.add("bob");
  site.follows.follow(ada, bob);
  std::string shown;
  json::Writer writer(shown);
  users::append_json(writer, site.users.get(ada));
  CHECK(site.server.get(path(bob, "followers")).body ==
        R"({"users":[)" + shown + R"(],"next_cursor":null})");
}

TEST_CASE("a cursor of another list and an invalid limit are 400") {
  FollowRoutesFixture site(auth::Mode::open);
  const auto star = site.add("star"), other = site.add("other");
  for (int i = 0; i < 3; ++i) {
    const auto fan = site.add("u" + std::to_string(i));
    site.follows.follow(fan, star);
    site.follows.follow(fan, other);
    site.follows.follow(star, fan);
  }
  const auto cursor = parse_user_list(site.server.get(path(star, "followers") + "?limit=1")).next;
  REQUIRE(cursor != "");
  auto tampered = cursor;
  tampered[3] = tampered[3] == 'A' ? 'B' : 'A';
  const auto with = [&](Id id, const std::string& list, const std::string& text) {
    return error_of(site.server.get(path(id, list) + "?cursor=" + text));
  };
  CHECK(with(star, "followers", cursor) == "200 ");
  CHECK(with(star, "followers", tampered) == "400 invalid cursor");
  CHECK(with(other, "followers", cursor) == "400 invalid cursor");
  CHECK(with(star, "following", cursor) == "400 invalid cursor");
  CHECK(with(star, "followers", "") == "400 invalid cursor");
  CHECK(with(star, "followers", cursor + "&cursor=" + cursor).substr(0, 3) == "400");
  for (const auto* limit : {"0", "-1", "abc", "1e9", "101", "", "2&limit=2"}) {
    INFO(limit);
    CHECK(site.server.get(path(star, "followers") + "?limit=" + limit).status == 400);
  }
  CHECK(site.server.get(path(star, "followers") + "?limit=100").status == 200);
  CHECK(error_of(site.server.get(path(77, "followers"))) == "404 User with id 77 not found");
  CHECK(site.server.get("/v1/users/01/following").status == 404);
}
