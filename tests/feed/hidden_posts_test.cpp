// What readers see of a hidden post: in posts, lists, likes and home feeds, by every source.
#include "support/hidden_posts.hpp"

#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/suspension.hpp"

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

TEST_CASE("a hidden post is shown nowhere, also to its author, and comes back with its likes") {
  App app;
  const auto me = app.add_user(), ann = app.add_user();
  const auto old = app.posts.create(ann, "old").id, post = app.posts.create(ann, "hers").id;
  app.likes.like(me, post);
  const auto path = "/v1/posts/" + text(post);
  const auto statuses = [&](Id user) {
    std::vector<int> all;
    for (const auto& one :
         {path, path + "/likes", path + "/aggregates", path + "/likes/" + text(user) + "/status"})
      all.push_back(app.get(one, as_user(user)).status);
    return all;
  };
  const auto list = "/v1/posts?ids=" + text(post) + "," + text(old);
  const auto hers = "/v1/users/" + text(ann) + "/posts";
  const auto ids = [&] {
    auto shown = app.get(list).ids();
    CHECK(app.get(hers).ids() == shown);
    CHECK(app.get("/v1/feed", as_user(ann)).ids() == shown);
    return shown;
  };
  CHECK(statuses(me) == std::vector<int>{200, 200, 200, 200});
  CHECK(ids() == std::vector<Id>{post, old});
  support::hide(app.database, post);
  for (const auto user : {me, ann}) CHECK(statuses(user) == std::vector<int>{404, 404, 404, 404});
  CHECK(ids() == std::vector<Id>{old});
  CHECK(app.post(path + "/likes", "", as_user(ann)).status == 404);
  CHECK(app.del(path + "/likes", as_user(me)).status == 404);
  CHECK(app.del(path, as_user(ann)).status == 404);
  CHECK(app.count("likes") == 1);
  support::unhide(app.database, post);
  CHECK(statuses(me) == std::vector<int>{200, 200, 200, 200});
  CHECK(ids() == std::vector<Id>{post, old});
  CHECK(app.get(path).get("like_count") == "1");
  CHECK(app.post(path + "/likes", "", as_user(ann)).status == 201);
}

TEST_CASE("hidden posts take no places of a feed's page, nor do those of a suspended author") {
  FeedFixture world;
  auto& app = world.app;
  const auto me = app.add_user();
  std::vector<Id> shown;
  for (int i = 0; i < 6; ++i) {
    const auto author = app.add_user();
    world.follows.follow(me, author);
    const auto first = world.post(author), second = world.post(author);
    support::hide(app.database, second);
    if (i == 1) {
      support::suspend(app.database, author);
      continue;
    }
    shown.insert(shown.begin(), first);
  }
  const auto page = app.get("/v1/feed?limit=3", as_user(me));
  shown.resize(3);
  CHECK(page.ids() == shown);
}

TEST_CASE("rows of home feeds are kept for hidden posts, and readers leave them out") {
  FeedFixture world;
  auto& app = world.app;
  const auto me = world.add_materialized_user();
  const auto ann = app.add_user(), bob = app.add_user();
  for (const auto author : {ann, bob}) world.follows.follow(me, author);
  world.run_until_idle();
  const auto first = world.post(ann), second = world.post(bob), own = world.post(me);
  world.run_until_idle();
  const auto shown = [&] {
    const auto rows = world.materialized_feed(me);
    REQUIRE(rows);
    CHECK(rows == world.expected_feed(me));
    return *rows;
  };
  CHECK(shown() == std::vector<Id>{own, second, first});
  const auto late = world.post(ann);
  for (const auto post : {first, own, late}) support::hide(app.database, post);
  world.run_until_idle();  // the fan-out of the last post comes after it was hidden
  CHECK(shown() == std::vector<Id>{second});
  CHECK(world.rows_of(me) == std::set<Id>{first, second, late});
  for (const auto post : {first, own, late}) support::unhide(app.database, post);
  CHECK(shown() == std::vector<Id>{late, own, second, first});
}
