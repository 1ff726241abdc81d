// What readers see of a suspended author: in posts, lists and home feeds, by every source.
#include "support/suspension.hpp"

#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::App;
using test::FeedFixture;

namespace {

std::string text(Id id) {
  return std::to_string(id);
}

test::Headers as_user(Id user) {
  return {{"x-user-id", text(user)}};
}

}  // namespace

TEST_CASE("posts and likes of a suspended account are shown nowhere, and come back") {
  App app;
  const auto me = app.add_user(), ann = app.add_user();
  const auto hers = app.posts.create(ann, "hers").id, mine = app.posts.create(me, "mine").id;
  app.likes.like(ann, mine);
  app.likes.like(me, hers);
  const auto statuses = [&] {
    std::vector<int> all;
    for (const auto& path :
         {"/v1/posts/" + text(hers), "/v1/posts/" + text(hers) + "/likes",
          "/v1/posts/" + text(hers) + "/aggregates", "/v1/users/" + text(ann) + "/posts"})
      all.push_back(app.get(path).status);
    return all;
  };
  const auto list = "/v1/posts?ids=" + text(hers) + "," + text(mine);
  const auto likers = "/v1/posts/" + text(mine) + "/likes";
  const auto likes_of = [&] { return app.get(likers).ids("likes", "user_id"); };
  const auto liked = [&] {
    return app.get(likers + "/" + text(ann) + "/status", as_user(ann)).get("liked");
  };
  CHECK(statuses() == std::vector<int>{200, 200, 200, 200});
  CHECK(liked() == "true");
  support::suspend(app.database, ann);
  CHECK(liked() == "false");
  CHECK(statuses() == std::vector<int>{404, 404, 404, 404});
  CHECK(app.get(list).ids() == std::vector<Id>{mine});
  CHECK(likes_of().empty());
  CHECK(app.get("/v1/posts/" + text(mine)).get("like_count") == "1");
  support::reinstate(app.database, ann);
  CHECK(statuses() == std::vector<int>{200, 200, 200, 200});
  CHECK(app.get(list).ids() == std::vector<Id>{hers, mine});
  CHECK(likes_of() == std::vector<Id>{ann});
  CHECK(liked() == "true");
}

TEST_CASE("in open mode a suspended account cannot act, and its keys are not used up") {
  App app;
  const auto me = app.add_user(), ann = app.add_user();
  const auto hers = app.posts.create(ann, "hers").id, mine = app.posts.create(me, "mine").id;
  support::suspend(app.database, ann);
  const auto with_key = [&](const char* key) {
    auto headers = as_user(ann);
    headers.emplace_back("idempotency-key", key);
    return headers;
  };
  const auto write = [&] {
    return std::vector<int>{
        app.post("/v1/posts", R"({"text":"x"})", with_key("a")).status,
        app.post("/v1/posts/" + text(mine) + "/likes", "", with_key("b")).status,
        app.del("/v1/posts/" + text(hers), with_key("c")).status};
  };
  CHECK(write() == std::vector<int>{403, 403, 403});
  CHECK(app.post("/v1/posts", R"({"text":"x"})", as_user(ann)).status == 403);
  CHECK(app.post("/v1/posts/" + text(mine) + "/likes", "", as_user(ann)).status == 403);
  CHECK(app.del("/v1/posts/" + text(mine) + "/likes", as_user(ann)).status == 403);
  CHECK(app.del("/v1/posts/" + text(hers), as_user(ann)).status == 403);
  CHECK(app.get("/v1/feed", as_user(ann)).status == 403);
  CHECK(app.del("/v1/posts/" + text(hers), as_user(me)).status == 404);
  CHECK(app.post("/v1/posts/" + text(hers) + "/likes", "", as_user(me)).status == 404);
  CHECK(app.count("likes") == 0);
  support::reinstate(app.database, ann);
  CHECK(write() == std::vector<int>{201, 201, 204});
  CHECK(app.get("/v1/feed", as_user(ann)).status == 200);
}

TEST_CASE("an admin deletes a post of a suspended author") {
  App app;
  const auto admin = app.add_user("admin"), ann = app.add_user();
  const auto post = app.posts.create(ann, "hers").id;
  support::suspend(app.database, ann);
  CHECK(app.del("/v1/posts/" + text(post), app.token(admin)).status == 204);
  support::reinstate(app.database, ann);
  CHECK(app.get("/v1/posts/" + text(post)).status == 404);
}

TEST_CASE("follows and lists of follows leave a suspended account out, counters keep it") {
  FeedFixture world;
  auto& app = world.app;
  const auto me = app.add_user(), ann = app.add_user(), bob = app.add_user();
  world.follows.follow(me, ann);
  world.follows.follow(ann, me);
  support::suspend(app.database, ann);
  const auto code_of = [&](Id follower, Id followee, bool follow) {
    try {
      follow ? world.follows.follow(follower, followee)
             : world.follows.unfollow(follower, followee);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  for (const bool follow : {true, false}) {
    CHECK(code_of(bob, ann, follow) == ErrorCode::not_found);
    CHECK(code_of(ann, bob, follow) == ErrorCode::permission_denied);
  }
  CHECK(world.follows.followers(me, posts::max_id, 10).users.empty());
  CHECK(world.follows.following(me, posts::max_id, 10).users.empty());
  CHECK_THROWS_AS(world.follows.followers(ann, posts::max_id, 10), Error);
  CHECK(users::Users(app.database).get(me).followers == 1);
  support::reinstate(app.database, ann);
  CHECK(world.follows.followers(me, posts::max_id, 10).users.size() == 1);
  CHECK(world.follows.following(me, posts::max_id, 10).users.size() == 1);
}

TEST_CASE("rows of home feeds are kept for suspended authors, and readers leave them out") {
  FeedFixture world;
  auto& app = world.app;
  const auto me = world.add_materialized_user();
  const auto ann = app.add_user(), bob = app.add_user();
  for (const auto author : {ann, bob}) world.follows.follow(me, author);
  world.run_until_idle();
  const auto first = world.post(ann), second = world.post(bob);
  world.run_until_idle();
  const auto shown = [&] {
    const auto rows = world.materialized_feed(me);
    REQUIRE(rows);
    CHECK(rows == world.expected_feed(me));
    return *rows;
  };
  CHECK(shown() == std::vector<Id>{second, first});
  const auto late = world.post(ann);
  support::suspend(app.database, ann);
  world.run_until_idle();  // the fan-out of her last post comes after the suspension
  CHECK(shown() == std::vector<Id>{second});
  CHECK(world.rows_of(me) == std::set<Id>{first, second, late});
  support::reinstate(app.database, ann);
  CHECK(shown() == std::vector<Id>{late, second, first});
}
