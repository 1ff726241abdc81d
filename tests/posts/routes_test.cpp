#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using http::Method;
using test::App;

namespace {

std::string post_path(Id id, const std::string& rest = "") {
  return "/v1/feed/posts/" + std::to_string(id) + "/" + rest;
}

std::string body(const std::string& name, Id id) {
  return "{\"" + name + "\":" + std::to_string(id) + "}";
}

std::string quoted(const std::string& text) {
  std::string out = "{\"text\":";
  json::append_quoted(out, text);
  return out + "}";
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a post is created under each of its paths, also empty, and returned under each") {
  App app;
  for (const auto* path : {"/v1/feed/posts/", "/posts", "/posts/", "/v1/posts"}) {
    const auto made = app.post(path, "");
    CHECK(made.status == 201);
    CHECK(made.get("like_count") == "0");
    CHECK(parse_rfc3339(made.get("created_at")).has_value());
    CHECK(made.header("Location") == "/v1/posts/" + made.get("id"));
    for (const auto* prefix : {"/v1/feed/posts/", "/feed/posts/", "/v1/posts/"}) {
      const auto shown = app.get(prefix + made.get("id"));
      CHECK(shown.status == 200);
      CHECK(shown.body == made.body);
    }
  }
}

TEST_CASE("a post's members have a fixed order, with the author included") {
  App app;
  const auto author = app.add_user();
  const auto made = app.post("/posts", "{\"author_id\":\"" + std::to_string(author) +
                                           "\",\"text\":\"hi\",\"is_admin\":true}");
  const auto id = std::to_string(author);
  const auto head =
      "{\"id\":" + made.get("id") + ",\"author_id\":" + id + ",\"author\":{\"id\":" + id +
      ",\"handle\":\"u1\",\"name\":\"User 1\",\"avatar\":null},\"text\":\"hi\",\"image\":"
      "null,\"like_count\":0,\"view_count\":0,";
  const auto time = "\"created_at\":\"" + made.get("created_at") + "\"}";
  CHECK(made.body == head + "\"liked\":false," + time);
  CHECK(app.get(post_path(made.id())).body == head + time);
  const auto nobodys = app.post("/posts", "{}");
  CHECK(nobodys.body ==
        "{\"id\":" + nobodys.get("id") +
            ",\"author_id\":null,\"author\":null,\"text\":\"\",\"image\":null,\"like_"
            "count\":0,\"view_count\":0,\"created_at\":\"" +
            nobodys.get("created_at") + "\"}");
}

TEST_CASE("an invalid post is refused with the documented message") {
  App app;
  struct Row {
    std::string body;
    std::string error;
  };
  const Row rows[] = {
      {"invalid json", "Invalid JSON"},
      {"[1]", "JSON body must be an object"},
      {"null", "JSON body must be an object"},
      {"{\"like_count\":5}", "like_count cannot be updated directly. Use like operations instead."},
      {"{\"created_at\":\"x\"}", "created_at cannot be updated"},
      {"{\"text\":7}", "text must be a string"},
      {"{\"text\":\"a\\u0000b\"}", "text cannot contain U+0000"},
      {"{\"text\":\" \\n\"}", "text must contain a visible character, or be left out"},
      {"{\"text\":\"\\u200b\"}", "text must contain a visible character, or be left out"},
      {quoted(std::string(10001, 'x')), "text cannot exceed 10000 characters"},
      {"{\"author_id\":0}", "author_id must be positive"},
      {"{\"author_id\":\"01\"}", "author_id must be an integer"},
      {"{\"user_id\":1.5}", "user_id must be an integer"},
  };
  for (const auto& row : rows) {
    const auto reply = app.post("/v1/feed/posts/", row.body);
    INFO(row.body.substr(0, 80));
    CHECK(reply.status == 400);
    CHECK(reply.error() == row.error);
  }
  CHECK(app.post("/posts", "{\"user_id\":4711}").status == 404);
  CHECK(app.post("/posts", "{\"user_id\":4711}").error() == "User with id 4711 not found");
  CHECK(app.count("posts") == 0);
}

TEST_CASE("5,000 combining marks on one letter come back byte for byte") {
  App app;
  const auto text = "e" + repeated("\xcc\x81", 5000) + repeated("\xf0\x9f\x98\x80", 4999);
  const auto made = app.post("/posts", quoted(text));
  CHECK(made.status == 201);
  CHECK(app.get(post_path(made.id())).get("text") == text);
}

TEST_CASE("a missing post is 404 on every route") {
  App app;
  for (const auto* id : {"99999", "abc", "0", "-1", "01", "1e3", "9223372036854775808"}) {
    const auto path = "/v1/feed/posts/" + std::string(id) + "/";
    INFO(path);
    CHECK(app.get(path).status == 404);
    CHECK(app.send(Method::put, path + "update/", "{}").status == 404);
    CHECK(app.del(path + "delete/").status == 404);
  }
  CHECK(app.get(post_path(99999)).error() == "Post with id 99999 not found");
  CHECK(app.send(Method::put, post_path(99999, "update/"), "{\"like_count\":1}").status == 400);
  CHECK(app.send(Method::put, post_path(99999, "update/"), "no json").status == 400);
}

TEST_CASE("an update changes nothing, and refuses what would") {
  App app;
  const auto author = app.add_user();
  const auto other = app.add_user();
  const auto made =
      app.post("/posts", "{\"text\":\"hi\",\"user_id\":" + std::to_string(author) + "}");
  const auto path = post_path(made.id(), "update/");
  for (const auto method : {Method::put, Method::patch}) {
    CHECK(app.send(method, path, "{}").body == app.get(post_path(made.id())).body);
    CHECK(app.send(method, path, "{\"text\":\"hi\",\"id\":7,\"x\":1}").status == 200);
    CHECK(app.send(method, path, body("user_id", author)).body == made.body);
    CHECK(app.send(method, path, "{\"like_count\":100}").error() ==
          "like_count cannot be updated directly. Use like operations instead.");
    CHECK(app.send(method, path, "{\"created_at\":null}").error() ==
          "created_at cannot be updated");
    CHECK(app.send(method, path, "{\"text\":\"ho\"}").error() ==
          "text cannot be updated; posts are immutable");
    CHECK(app.send(method, path, body("user_id", other)).status == 403);
    CHECK(app.send(method, path, body("user_id", 4711)).status == 404);
  }
  CHECK(app.get(post_path(made.id())).get("text") == "hi");
}

TEST_CASE("a second deletion of a post is 404") {
  App app;
  for (const auto* rest : {"delete/", "delete", ""}) {
    const auto made = app.post("/posts", "");
    const auto path = (*rest == 0 ? "/v1/posts/" : "/v1/feed/posts/") + made.get("id") + "/" + rest;
    const auto gone = app.del(path);
    CHECK(gone.status == 204);
    CHECK(gone.body.empty());
    CHECK(app.del(path).status == 404);
    CHECK(app.get(post_path(made.id())).status == 404);
  }
  CHECK(app.deletes == 3);
}

TEST_CASE("with signed tokens only the author or an admin changes a post") {
  App app(auth::Mode::required);
  const auto author = app.add_user();
  const auto other = app.add_user();
  const auto admin = app.add_user("admin");
  const auto create = [&] { return app.post("/posts", "{\"text\":\"hi\"}", app.token(author)); };
  CHECK(app.post("/posts", body("user_id", author)).status == 401);
  CHECK(app.post("/posts", body("author_id", other), app.token(author)).status == 403);
  const auto made = create();
  CHECK(made.status == 201);
  CHECK(made.get("author_id") == std::to_string(author));
  const auto path = post_path(made.id(), "delete/");
  CHECK(app.del(path).status == 401);
  CHECK(app.del(path, {{"x-user-id", std::to_string(author)}}).status == 401);
  CHECK(app.del(path, app.token(other)).status == 403);
  CHECK(app.send(Method::patch, post_path(made.id(), "update/"), "{}", app.token(other)).status ==
        403);
  CHECK(app.send(Method::patch, post_path(made.id(), "update/"), "{}", app.token(admin)).status ==
        200);
  CHECK(app.get(post_path(made.id())).status == 200);
  CHECK(app.del(path, app.token(author)).status == 204);
  CHECK(app.del(post_path(create().id(), "delete/"), app.token(admin)).status == 204);
  // The user may have lost the admin role since the token was made.
  const auto token = app.token(admin);
  app.sql("UPDATE users SET role = 'user' WHERE id = " + std::to_string(admin));
  CHECK(app.del(post_path(create().id(), "delete/"), token).status == 403);
}

TEST_CASE("without tokens a request may name its actor") {
  App app;
  const auto author = app.add_user();
  const auto other = app.add_user();
  const test::Headers as_author{{"x-user-id", std::to_string(author)}};
  const auto made = app.post("/posts", "{}", as_author);
  CHECK(made.get("author_id") == std::to_string(author));
  const auto path = post_path(made.id(), "delete/");
  CHECK(app.send(Method::del, path, body("user_id", other)).status == 403);
  CHECK(app.del(path + "?user_id=" + std::to_string(other)).status == 403);
  CHECK(app.del(path + "?user_id=x").status == 400);
  CHECK(app.del(path, as_author).status == 204);
  const auto nobodys = app.post("/posts", "{}");
  CHECK(app.del(post_path(nobodys.id(), "delete/"), as_author).status == 403);
  CHECK(app.del(post_path(nobodys.id(), "delete/")).status == 204);
}

TEST_CASE("several posts are read in one request, in the requested order") {
  App app;
  const auto user = app.add_user();
  const auto a = app.post("/posts", "").id();
  const auto b = app.post("/posts", "").id();
  const auto list = [](std::initializer_list<Id> ids) {
    std::string out = "/v1/posts?ids=";
    for (const auto id : ids) out += std::to_string(id) + ",";
    out.pop_back();
    return out;
  };
  app.likes.like(user, b);
  const auto reply = app.get(list({b, 5, a, b}) + "&user_id=" + std::to_string(user));
  CHECK(reply.status == 200);
  CHECK(reply.ids() == std::vector<Id>{b, a});
  CHECK(reply.get("next_cursor") == "null");
  const auto posts = support::list_in(reply.json(), "posts");
  CHECK(support::flag_in(posts.at(0), "liked"));
  CHECK_FALSE(support::flag_in(posts.at(1), "liked"));
  for (const auto* bad : {"", "?ids=", "?ids=1,,2", "?ids=1,x", "?ids=0", "?ids=1&ids=2"}) {
    CHECK(app.get(std::string("/v1/posts") + bad).status == 400);
  }
  const auto hundred = "/v1/posts?ids=1" + repeated(",1", 99);
  CHECK(app.get(hundred).status == 200);
  CHECK(app.get(hundred + ",1").error() == "ids cannot have more than 100 items");
}

TEST_CASE("an author's posts paginate newest first to the last page") {
  App app;
  const auto author = app.add_user();
  const auto empty = app.add_user();
  const auto path = "/v1/users/" + std::to_string(author) + "/posts";
  std::vector<Id> all;
  for (int i = 0; i < 7; ++i) all.insert(all.begin(), app.posts.create(author, "").id);
  app.posts.create(empty, "another's");
  app.posts.remove(all[3], std::nullopt, false);
  all.erase(all.begin() + 3);
  std::vector<Id> seen;
  std::string next = path + "?limit=2";
  for (int pages = 0; !next.empty(); ++pages) {
    REQUIRE(pages < 4);
    const auto page = app.get(next);
    REQUIRE(page.status == 200);
    for (const auto id : page.ids()) seen.push_back(id);
    const auto link = page.header("Link");
    CHECK((page.get("next_cursor") == "null") == link.empty());
    next = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    // A post that arrives meanwhile is newer than all pages.
    if (pages == 0) app.posts.create(author, "late");
  }
  CHECK(seen == all);
  const auto others = app.get("/v1/users/" + std::to_string(empty) + "/posts");
  CHECK(others.ids().size() == 1);
  CHECK(app.get("/v1/users/4711/posts").error() == "User with id 4711 not found");
  CHECK(app.get("/v1/users/x/posts").status == 404);
}

TEST_CASE("an invalid limit or cursor is refused") {
  App app;
  const auto author = app.add_user();
  const auto other = app.add_user();
  for (int i = 0; i < 2; ++i) {
    app.posts.create(author, "");
    app.posts.create(other, "");
  }
  const auto list = [](Id user) { return "/v1/users/" + std::to_string(user) + "/posts?limit="; };
  for (const auto* bad : {"", "0", "-1", "abc", "1.5", "101", "1e9", "5&limit=5"}) {
    CHECK(app.get(list(author) + bad).status == 400);
  }
  CHECK(app.get(list(author) + "100").status == 200);
  auto cursor = app.get(list(author) + "1").get("next_cursor");
  CHECK(app.get(list(author) + "1&cursor=" + cursor).status == 200);
  CHECK(app.get(list(other) + "1&cursor=" + cursor).error() == "invalid cursor");
  cursor[3] = cursor[3] == 'A' ? 'B' : 'A';
  CHECK(app.get(list(author) + "1&cursor=" + cursor).error() == "invalid cursor");
  CHECK(app.get(list(author) + "1&cursor=").error() == "invalid cursor");
}

TEST_CASE("an unsupported method on a post is 405") {
  App app;
  CHECK(app.send(Method::put, "/v1/feed/posts/").status == 405);
  CHECK(app.send(Method::post, post_path(1)).status == 405);
  CHECK(app.get(post_path(1, "update/")).status == 405);
  CHECK(app.get(post_path(1, "delete/")).status == 405);
}
