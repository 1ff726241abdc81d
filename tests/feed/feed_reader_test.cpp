#include "feed/feed_reader.hpp"

#include "support/app/app.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::App;

namespace {

std::vector<Id> ids_of(const posts::Page& page) {
  std::vector<Id> ids;
  for (const auto& post : page.posts) ids.push_back(post.id);
  return ids;
}

std::string feed_of(Id user, const std::string& rest = "") {
  return "/v1/feed?user_id=" + std::to_string(user) + rest;
}

std::string next_of(const test::Reply& page) {
  const auto link = page.header("Link");
  return link.empty() ? "" : link.substr(1, link.find('>') - 1);
}

}  // namespace

TEST_CASE("a feed has the posts of those one follows and one's own, newest first, and no others") {
  App app;
  const auto me = app.add_user(), ann = app.add_user(), bob = app.add_user();
  app.follow(me, ann);
  app.follow(bob, me);
  const auto a = app.posts.create(ann, "a").id;
  const auto mine = app.posts.create(me, "mine").id;
  app.posts.create(bob, "a follower's");
  app.posts.create(std::nullopt, "nobody's");
  const auto b = app.posts.create(ann, "b").id;
  CHECK(ids_of(app.feed.read_page(me, posts::max_id, 50)) == std::vector<Id>{b, mine, a});
  CHECK_FALSE(app.feed.read_page(me, posts::max_id, 50).next.has_value());
  CHECK(ids_of(app.feed.read_page(ann, posts::max_id, 50)) == std::vector<Id>{b, a});
}

TEST_CASE("a feed shows each post with its current author, counts and liked flag") {
  App app;
  const auto me = app.add_user(), ann = app.add_user();
  app.follow(me, ann);
  const auto liked = app.posts.create(ann, "liked").id;
  const auto plain = app.posts.create(ann, "plain").id;
  app.likes.like(me, liked);
  app.likes.like(4711, liked);
  app.likes.like(4711, plain);
  app.sql("INSERT INTO post_views (post_id, view_count) VALUES (" + std::to_string(plain) + ", 9)");
  const auto page = app.feed.read_page(me, posts::max_id, 50);
  REQUIRE(page.posts.size() == 2);
  CHECK(page.posts[0].liked == false);
  CHECK(page.posts[0].like_count == 1);
  CHECK(page.posts[0].view_count == 9);
  CHECK(page.posts[1].liked == true);
  CHECK(page.posts[1].like_count == 2);
  CHECK(page.posts[1].author.value().id == ann);
  CHECK(page.posts[1].author.value().handle == "u2");
  const std::vector<Id> ids{plain, liked};
  std::string as_feed, as_posts;
  json::Writer feed_writer(as_feed), posts_writer(as_posts);
  posts::append_array(feed_writer, page.posts);
  posts::append_array(posts_writer, posts::load(app.database, ids, me));
  CHECK(as_feed == as_posts);
}

TEST_CASE("deleted posts and posts of deleted authors are dropped before the page limit applies") {
  App app;
  const auto me = app.add_user(), ann = app.add_user(), left = app.add_user();
  app.follow(me, ann);
  app.follow(me, left);
  const auto kept = app.posts.create(ann, "kept").id;
  for (int i = 0; i < 5; ++i) {
    app.posts.create(left, "of one who left");
    app.posts.remove(app.posts.create(ann, "deleted").id, ann, false);
  }
  app.remove_user(left);
  CHECK(ids_of(app.feed.read_page(me, posts::max_id, 1)) == std::vector<Id>{kept});
  CHECK_FALSE(app.feed.read_page(me, posts::max_id, 1).next.has_value());
}

TEST_CASE("an unknown user has no feed, and a user who follows nobody has an empty one") {
  App app;
  const auto me = app.add_user(), ann = app.add_user(), left = app.add_user();
  app.follow(left, ann);
  app.posts.create(ann, "x");
  app.remove_user(left);
  CHECK(app.get(feed_of(me)).body == "{\"posts\":[],\"next_cursor\":null}");
  CHECK(app.get(feed_of(4711)).status == 404);
  CHECK(app.get(feed_of(4711)).error() == "User with id 4711 not found");
  CHECK(app.get(feed_of(left)).status == 404);
}

TEST_CASE("a feed is readable by its owner only") {
  App open;
  CHECK(open.get("/v1/feed").status == 400);
  CHECK(open.get("/v1/feed").error() == "user_id is required");
  CHECK(open.get("/v1/feed?user_id=x").error() == "user_id must be an integer");
  App app(auth::Mode::required);
  const auto me = app.add_user(), other = app.add_user(), admin = app.add_user("admin");
  const auto mine = app.posts.create(me, "mine").id;
  CHECK(app.get(feed_of(me)).status == 401);
  CHECK(app.get("/feed", {{"x-user-id", std::to_string(me)}}).status == 401);
  CHECK(app.get("/v1/feed", app.token(me)).ids() == std::vector<Id>{mine});
  CHECK(app.get(feed_of(me), app.token(other)).status == 403);
  CHECK(app.get(feed_of(me), app.token(admin)).ids() == std::vector<Id>{mine});
}

TEST_CASE("feed pages are served under every alias path, private, fifty posts by default") {
  App app;
  const auto me = app.add_user();
  for (int i = 0; i < 52; ++i) app.posts.create(me, "");
  const test::Headers as_me{{"x-user-id", std::to_string(me)}};
  for (const auto* path : {"/v1/feed", "/v1/feed/", "/feed", "/feed/"}) {
    const auto page = app.get(path, as_me);
    CHECK(page.status == 200);
    CHECK(page.ids().size() == 50);
    CHECK(page.header("Cache-Control") == "private, no-cache");
    CHECK(page.header("Link") == "<" + std::string(path) + "?limit=50&cursor=" +
                                     page.get("next_cursor") + ">; rel=\"next\"");
    const auto last = app.get(next_of(page), as_me);
    CHECK(last.ids().size() == 2);
    CHECK(last.get("next_cursor") == "null");
    CHECK(last.header("Link").empty());
  }
  for (const auto* bad : {"0", "-1", "abc", "101", "1e9", "", "5&limit=5"}) {
    CHECK(app.get("/v1/feed?limit=" + std::string(bad), as_me).status == 400);
  }
}

TEST_CASE("a feed's cursor is valid unchanged and for that feed only") {
  App app;
  const auto me = app.add_user(), other = app.add_user();
  for (int i = 0; i < 3; ++i) app.posts.create(me, "");
  auto cursor = app.get(feed_of(me, "&limit=1")).get("next_cursor");
  CHECK(app.get(feed_of(me, "&cursor=" + cursor)).ids().size() == 2);
  CHECK(app.get(feed_of(other, "&cursor=" + cursor)).error() == "invalid cursor");
  const auto list = "/v1/users/" + std::to_string(me) + "/posts?cursor=" + cursor;
  CHECK(app.get(list).error() == "invalid cursor");
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    auto forged = cursor;
    forged[i] = forged[i] == 'x' ? 'y' : 'x';
    CHECK(app.get(feed_of(me, "&cursor=" + forged)).status == 400);
  }
  CHECK(app.get(feed_of(me, "&cursor=" + cursor + "A")).status == 400);
}

TEST_CASE("pages neither repeat nor skip posts while new posts arrive") {
  App app;
  const auto me = app.add_user(), ann = app.add_user();
  app.follow(me, ann);
  std::vector<Id> all;
  for (int i = 0; i < 23; ++i) {
    all.insert(all.begin(), app.posts.create(i % 3 == 0 ? me : ann, "").id);
  }
  std::vector<Id> seen;
  for (auto next = feed_of(me, "&limit=4"); !next.empty();) {
    const auto page = app.get(next);
    REQUIRE(page.status == 200);
    for (const auto id : page.ids()) seen.push_back(id);
    REQUIRE(seen.size() <= all.size());
    next = next_of(page);
    app.posts.create(ann, "late");
  }
  CHECK(seen == all);
}
