// The rows S0-20 to S0-29 of docs/requirements.md, over HTTP.
#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

struct PostsServer {
  support::FreshDatabase database;
  support::ServerProcess serve{database, {{"hot.refresh_window", "0s"}}};
  HttpClient http = serve.client();
};

std::string post_path(std::int64_t id, const std::string& more = "") {
  return "/v1/feed/posts/" + std::to_string(id) + "/" + more;
}

}  // namespace

TEST_CASE("posts are created, read, left unchanged by updates and deleted as documented") {
  PostsServer w;
  SECTION("S0-20: an empty body, or none, or unknown members make a post") {
    for (const char* body : {"{}", "", R"({"nonsense":1,"is_admin":true})"}) {
      const auto answer = w.http.post("/v1/feed/posts/", body);
      CHECK(answer.status == 201);
      const auto post = parse_body(answer);
      CHECK(integer_member(post, "id") > 0);
      CHECK(integer_member(post, "like_count") == 0);
      CHECK(parse_rfc3339(text_member(post, "created_at")).has_value());
      CHECK(post.find("is_admin") == nullptr);
      CHECK(support::member_in(post, "author").is_null());
    }
  }
  SECTION("S0-21 and S0-23: a body that is no JSON object is refused") {
    const auto answer = w.http.post("/v1/feed/posts/", "invalid json");
    CHECK(answer.status == 400);
    CHECK(error_message(answer) == "Invalid JSON");
    CHECK(answer.header("content-type") == "application/problem+json");
    CHECK(w.http.post("/v1/feed/posts/", "[1]").status == 400);
    CHECK(w.http.post("/v1/feed/posts/", "null").status == 400);
  }
  SECTION("S0-22: counters and times cannot be set") {
    auto answer = w.http.post("/v1/feed/posts/", R"({"like_count":5})");
    CHECK(answer.status == 400);
    CHECK(error_message(answer) ==
          "like_count cannot be updated directly. Use like operations instead.");
    answer = w.http.post("/v1/feed/posts/", R"({"created_at":"x"})");
    CHECK(answer.status == 400);
    CHECK(error_message(answer) == "created_at cannot be updated");
  }
  SECTION("S0-24: a post is read by its id, anything else is not found") {
    const auto id = create_post(w.http);
    const auto answer = w.http.get(post_path(id));
    CHECK(answer.status == 200);
    CHECK(integer_member(parse_body(answer), "id") == id);
    const auto missing = w.http.get("/v1/feed/posts/99999/");
    CHECK(missing.status == 404);
    CHECK(error_message(missing) == "Post with id 99999 not found");
    CHECK(w.http.get("/v1/feed/posts/abc/").status == 404);
    CHECK(w.http.get("/v1/feed/posts/92233720368547758089/").status == 404);
  }
  SECTION("S0-25 to S0-27: an update changes nothing and says what it cannot do") {
    const auto id = create_post(w.http, std::nullopt, "as it is");
    const auto before = parse_body(w.http.get(post_path(id)));
    for (const char* method : {"PUT", "PATCH"}) {
      const auto answer = w.http.send(method, post_path(id, "update/"), "{}");
      CHECK(answer.status == 200);
      CHECK(text_member(parse_body(answer), "text") == "as it is");
      CHECK(text_member(parse_body(answer), "created_at") == text_member(before, "created_at"));
    }
    auto answer = w.http.put(post_path(id, "update/"), R"({"like_count":100})");
    CHECK(answer.status == 400);
    CHECK(error_message(answer).find("like_count cannot be updated directly") != std::string::npos);
    CHECK(w.http.put("/v1/feed/posts/99999/update/", "{}").status == 404);
    CHECK(w.http.put("/v1/feed/posts/99999/update/", R"({"like_count":1})").status == 400);
    CHECK(w.http.put(post_path(id, "update/"), "{").status == 400);
  }
  SECTION("S0-28: a deleted post is gone with its text and its likes, and only once") {
    const auto id = create_post(w.http, std::nullopt, "soon gone");
    CHECK(like(w.http, id, 1).status == 201);
    const auto answer = w.http.del(post_path(id, "delete/"));
    CHECK(answer.status == 204);
    CHECK(answer.body.empty());
    CHECK(w.http.del(post_path(id, "delete/")).status == 404);
    CHECK(w.http.get(post_path(id)).status == 404);
    CHECK(w.database.execute("SELECT count(*) FROM likes") == "0");
    CHECK(w.database.execute("SELECT text FROM posts WHERE id = " + std::to_string(id)).empty());
    for (const auto& post : list_member(parse_body(w.http.get("/v1/feed/hot")), "posts"))
      CHECK(integer_member(post, "id") != id);
  }
  SECTION("S0-29: aggregates count all likes and those of a day") {
    const auto id = create_post(w.http);
    for (int user = 1; user <= 5; ++user) CHECK(like(w.http, id, user).status == 201);
    w.database.execute(
        "UPDATE likes SET created_at = now() - interval '25 hours' WHERE user_id < 3");
    const auto sums = parse_body(w.http.get(post_path(id, "aggregates/")));
    CHECK(integer_member(sums, "post_id") == id);
    CHECK(integer_member(sums, "total_likes") == 5);
    CHECK(integer_member(sums, "score_24h") == 3);
    CHECK(parse_rfc3339(text_member(sums, "created_at")).has_value());
    CHECK(w.http.get("/v1/feed/posts/99999/aggregates/").status == 404);
  }
  SECTION("S0-47: a wrong method is 405 and says which are right") {
    const auto answer = w.http.del("/v1/feed/posts/");
    CHECK(answer.status == 405);
    CHECK(answer.header("allow").find("POST") != std::string::npos);
  }
}
