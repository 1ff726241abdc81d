#include "support/app/app.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using http::Method;
using test::App;

namespace {

std::string post_path(Id id, const std::string& rest = "") {
  return "/v1/feed/posts/" + std::to_string(id) + "/" + rest;
}

std::string as_user(Id user) {
  return "{\"user_id\":" + std::to_string(user) + "}";
}

}  // namespace

TEST_CASE("the first like is 201, a repeated one 200 with the same id") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  const auto first = app.post(post_path(post, "likes/"), as_user(1));
  CHECK(first.status == 201);
  CHECK(first.body == "{\"id\":" + first.get("id") + ",\"post_id\":" + std::to_string(post) +
                          ",\"user_id\":1,\"created_at\":\"" + first.get("created_at") + "\"}");
  const auto second = app.post(post_path(post, "likes/"), as_user(1));
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(app.get(post_path(post)).get("like_count") == "1");
  CHECK(app.get(post_path(post) + "?user_id=1").get("liked") == "true");
  CHECK(app.get(post_path(post) + "?user_id=2").get("liked") == "false");
}

TEST_CASE("a like may name its post in the body, and its user as text or by header") {
  App app;
  const auto post = std::to_string(app.post("/posts", "{}").id());
  CHECK(app.post("/likes", "{\"post_id\":" + post + ",\"user_id\":1}").status == 201);
  CHECK(app.post("/v1/likes", "{\"post_id\":\"" + post + "\",\"user_id\":\"5\"}").get("user_id") ==
        "5");
  CHECK(app.post("/v1/likes", "{\"post_id\":" + post + "}", {{"x-user-id", "6"}}).status == 201);
  CHECK(app.post("/v1/posts/" + post + "/likes", as_user(7)).status == 201);
  CHECK(app.post("/v1/likes", "{\"user_id\":1}").error() == "post_id is required");
  CHECK(app.post("/v1/likes", "{\"post_id\":" + post + "}").error() == "user_id is required");
  CHECK(app.post("/v1/likes", "{\"post_id\":0,\"user_id\":1}").error() ==
        "post_id must be positive");
  CHECK(app.get("/v1/posts/" + post).get("like_count") == "4");
}

TEST_CASE("a like without a user is refused with the documented message") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  struct Row {
    std::string body;
    std::string error;
  };
  const Row rows[] = {
      {"", "user_id is required"},
      {"{}", "user_id is required"},
      {"{\"user_id\":null}", "user_id is required"},
      {"no json", "Invalid JSON"},
      {"[1]", "JSON body must be an object"},
      {as_user(-1), "user_id must be positive"},
      {as_user(0), "user_id must be positive"},
      {"{\"user_id\":\"invalid\"}", "user_id must be an integer"},
      {"{\"user_id\":1.5}", "user_id must be an integer"},
      {"{\"user_id\":\" 1\"}", "user_id must be an integer"},
      {"{\"user_id\":[1]}", "user_id must be an integer"},
  };
  for (const auto& row : rows) {
    INFO(row.body);
    for (const auto id : {post, Id{99999}}) {  // checked before the post
      const auto reply = app.post(post_path(id, "likes/"), row.body);
      CHECK(reply.status == 400);
      CHECK(reply.error() == row.error);
    }
  }
  CHECK(app.post(post_path(99999, "likes/"), as_user(1)).error() == "Post with id 99999 not found");
  CHECK(app.post("/v1/feed/posts/abc/likes/", as_user(1)).status == 404);
  CHECK(app.post("/v1/feed/posts/9223372036854775807/likes/", as_user(1)).status == 404);
}

TEST_CASE("an unlike is 204 once, then 404") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  app.post(post_path(post, "likes/"), as_user(1));
  const auto path = post_path(post, "likes/1/");
  CHECK(app.del(path).status == 204);
  CHECK(app.get(post_path(post)).get("like_count") == "0");
  const auto again = app.del(path);
  CHECK(again.status == 404);
  CHECK(again.error() == "Like from user 1 on post " + std::to_string(post) + " not found");
  CHECK(app.del(post_path(99999, "likes/1/")).error() == "Post with id 99999 not found");
  CHECK(app.del(post_path(post, "likes/0/")).error() == "user_id must be positive");
  CHECK(app.del(post_path(post, "likes/-1/")).error() == "user_id must be positive");
  for (const auto* user : {"abc", "01", "1e3", " 1", "9223372036854775808"}) {
    const auto reply = app.del(post_path(post, "likes/" + std::string(user) + "/"));
    CHECK(reply.status == 400);
    CHECK(reply.error() == "user_id must be an integer");
  }
}

TEST_CASE("the actor's own like goes without a user in the path") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  const auto path = "/v1/posts/" + std::to_string(post) + "/likes";
  app.post(path, as_user(3));
  CHECK(app.del(path).error() == "user_id is required");
  CHECK(app.del(path, {{"x-user-id", "3"}}).status == 204);
  CHECK(app.del(path + "?user_id=3").status == 404);
}

TEST_CASE("a like's status returns whether and since when the post is liked") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  const auto like = app.post(post_path(post, "likes/"), as_user(1));
  CHECK(app.get(post_path(post, "likes/1/status/")).body ==
        "{\"liked\":true,\"like\":" + like.body + "}");
  CHECK(app.get(post_path(post, "likes/2/status/")).body == "{\"liked\":false}");
  CHECK(app.get(post_path(99999, "likes/1/status/")).status == 404);
  CHECK(app.get(post_path(post, "likes/0/status/")).error() == "user_id must be positive");
  CHECK(app.get(post_path(99999, "likes/0/status/")).status == 400);
}

TEST_CASE("aggregates are a post's likes, its score and its time") {
  App app;
  const auto made = app.post("/posts", "{}");
  for (Id user = 1; user <= 3; ++user) app.post(post_path(made.id(), "likes/"), as_user(user));
  CHECK(app.get(post_path(made.id(), "aggregates/")).body ==
        "{\"post_id\":" + made.get("id") + ",\"total_likes\":3,\"score_24h\":3,\"created_at\":\"" +
            made.get("created_at") + "\"}");
  CHECK(app.get(post_path(99999, "aggregates/")).error() == "Post with id 99999 not found");
  CHECK(app.get("/v1/feed/posts/abc/aggregates/").status == 404);
}

TEST_CASE("a post's likes paginate newest first to the last page") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  const auto other = app.post("/posts", "{}").id();
  std::vector<Id> all;
  for (Id user = 1; user <= 7; ++user) {
    all.insert(all.begin(), user);
    app.likes.like(user, post);
    app.likes.like(user, other);
  }
  std::vector<Id> seen;
  std::string next = "/v1/posts/" + std::to_string(post) + "/likes?limit=3";
  for (int pages = 0; !next.empty(); ++pages) {
    REQUIRE(pages < 3);
    const auto page = app.get(next);
    REQUIRE(page.status == 200);
    for (const auto user : page.ids("likes", "user_id")) seen.push_back(user);
    const auto link = page.header("Link");
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    app.likes.like(100 + pages, post);
  }
  CHECK(seen == all);
  const auto cursor = app.get(post_path(post, "likes") + "?limit=1").get("next_cursor");
  CHECK(app.get(post_path(other, "likes") + "?cursor=" + cursor).error() == "invalid cursor");
  CHECK(app.get(post_path(99999, "likes")).status == 404);
  const auto empty = app.post("/posts", "{}").id();
  CHECK(app.get(post_path(empty, "likes")).body == "{\"likes\":[],\"next_cursor\":null}");
}

TEST_CASE("with signed tokens users like only for themselves, except admins") {
  App app(auth::Mode::required);
  const auto user = app.add_user();
  const auto other = app.add_user();
  const auto admin = app.add_user("admin");
  const auto post = app.posts.create(std::nullopt, "").id;
  const auto likes = post_path(post, "likes/");
  CHECK(app.post(likes, as_user(user)).status == 401);
  CHECK(app.post(likes, as_user(user), {{"x-user-id", std::to_string(user)}}).status == 401);
  CHECK(app.post(likes, "", app.token(user)).get("user_id") == std::to_string(user));
  CHECK(app.post(likes, as_user(user), app.token(user)).status == 200);
  CHECK(app.post(likes, as_user(other), app.token(user)).status == 403);
  CHECK(app.post(likes, as_user(other), app.token(admin)).status == 201);
  const auto mine = likes + std::to_string(user) + "/";
  CHECK(app.del(mine).status == 401);
  CHECK(app.del(mine, app.token(other)).status == 403);
  CHECK(app.get(mine + "status/", app.token(other)).status == 403);
  CHECK(app.get(mine + "status/", app.token(user)).get("liked") == "true");
  CHECK(app.del(mine, app.token(user)).status == 204);
  CHECK(app.del(likes + std::to_string(other) + "/", app.token(admin)).status == 204);
  CHECK(app.get(likes).status == 200);
}

TEST_CASE("without tokens a named actor cannot remove another user's like") {
  App app;
  const auto post = app.post("/posts", "{}").id();
  app.post(post_path(post, "likes/"), as_user(1));
  const auto path = post_path(post, "likes/1/");
  CHECK(app.del(path, {{"x-user-id", "2"}}).status == 403);
  CHECK(app.del(path + "?user_id=2").status == 403);
  CHECK(app.del(path, {{"x-user-id", "1"}}).status == 204);
}
