// The rows of documents 1 to 3 that these endpoints cover: S1-6, S2 and S3-1 to S3-12, under their
// own names.
#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;

TEST_CASE("the walkthrough of the API works under its original paths") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  // S3-4
  const auto ana = http.post("/users/", R"({"handle":"ana","name":"Ana"})");
  REQUIRE(ana.status == 201);
  const auto ana_id = integer_member(parse_body(ana), "id");
  CHECK(text_member(parse_body(ana), "name") == "Ana");
  CHECK(support::member_in(parse_body(ana), "avatar").is_null());
  const auto bo_id = create_user(http, "bo");
  // S3-5
  const auto body = R"({"user_id":)" + std::to_string(bo_id) + "}";
  const auto follow = http.post("/users/" + std::to_string(ana_id) + "/follow", body);
  CHECK(follow.status == 200);
  CHECK(bool_member(parse_body(follow), "following"));
  CHECK(integer_member(parse_body(follow), "user_id") == ana_id);
  // S3-1, S3-2
  const auto made =
      http.post("/posts/", R"({"author_id":)" + std::to_string(ana_id) + R"(,"text":"hello"})");
  REQUIRE(made.status == 201);
  const auto post = integer_member(parse_body(made), "id");
  CHECK(integer_member(parse_body(http.get("/feed/posts/" + std::to_string(post))), "id") == post);
  // S3-3: the follower has it, and so has the author.
  for (const auto reader : {bo_id, ana_id}) {
    for (const char* path : {"/feed/", "/feed", "/v1/feed"}) {
      const auto feed =
          parse_body(http.get(std::string(path) + "?user_id=" + std::to_string(reader)));
      REQUIRE(list_member(feed, "posts").size() == 1);
      const auto& item = list_member(feed, "posts")[0];
      CHECK(integer_member(item, "id") == post);
      CHECK(text_member(item, "text") == "hello");
      CHECK(text_member(support::member_in(item, "author"), "handle") == "ana");
      CHECK_FALSE(bool_member(item, "liked"));
      CHECK(support::member_in(feed, "next_cursor").is_null());
    }
  }
  // S2: POST /likes, and the reader sees it as liked.
  const auto liked = http.post("/likes", R"({"post_id":)" + std::to_string(post) +
                                             R"(,"user_id":)" + std::to_string(bo_id) + "}");
  CHECK(liked.status == 201);
  const auto item =
      list_member(parse_body(http.get("/v1/feed?user_id=" + std::to_string(bo_id))), "posts")[0];
  CHECK(bool_member(item, "liked"));
  CHECK(integer_member(item, "like_count") == 1);
  // S3-6
  CHECK_FALSE(bool_member(
      parse_body(http.post("/users/" + std::to_string(ana_id) + "/unfollow", body)), "following"));
  CHECK(list_member(parse_body(http.get("/feed/?user_id=" + std::to_string(bo_id))), "posts")
            .empty());
  const auto user = parse_body(http.get("/v1/users?handle=ana"));
  CHECK(integer_member(user, "followers") == 0);
}

TEST_CASE("health, debug and metrics endpoints return the documented responses") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  for (const char* path : {"/health/", "/health"}) {
    const auto health = parse_body(http.get(path));
    CHECK(text_member(health, "status") == "ok");
    CHECK(text_member(health, "service") == "feedctl");
    CHECK_FALSE(text_member(health, "version").empty());
  }
  for (const char* path : {"/health/live", "/livez", "/health/ready", "/readyz"})
    CHECK(http.get(path).status == 200);
  const auto deep = parse_body(http.get("/debug/health"));
  CHECK(text_member(deep, "status") == "healthy");
  CHECK(text_member(support::member_in(deep, "database"), "status") == "up");
  CHECK(integer_member(support::member_in(deep, "event_log"), "parts_ahead_days") == 7);
  create_post(http);
  http.get("/v1/feed/hot");
  http.get("/v1/feed/hot");
  CHECK(parse_body(http.get("/debug/metrics-summary")).object()->size() > 5);
  const auto metrics = http.get("/metrics");
  CHECK(metrics.header("content-type").find("text/plain") == 0);
  for (const char* name :
       {"feedctl_http_request_duration_seconds_count{", "route=\"/v1/feed/hot\"",
        "feedctl_db_query_duration_seconds_bucket{", "feedctl_cache_requests_total{",
        "feedctl_build_info{", "process_resident_memory_bytes"}) {
    INFO(name);
    CHECK(metrics.body.find(name) != std::string::npos);
  }
  CHECK(text_member(parse_body(http.get("/")), "health") == "/health/");
  const auto page = http.get("/", {{"Accept", "text/html"}});
  CHECK(page.header("content-type").find("text/html") == 0);
  CHECK(page.body.find("/v1/feed/hot") != std::string::npos);
}

TEST_CASE("lists page by cursor to their true end, with a Link to the next page") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  const auto http = serve.client();
  const auto ana = create_user(http, "ana");
  std::vector<std::int64_t> posts;
  for (int i = 0; i < 25; ++i) posts.insert(posts.begin(), create_post(http, ana));
  const auto user = "/v1/users/" + std::to_string(ana);
  for (const int limit : {1, 7, 25, 100}) {
    CHECK(fetch_all_pages(http, "/v1/feed?user_id=" + std::to_string(ana), "posts", limit) ==
          posts);
    CHECK(fetch_all_pages(http, user + "/posts", "posts", limit) == posts);
  }
  const auto page = http.get("/v1/feed?limit=7&user_id=" + std::to_string(ana));
  const auto link = page.header("link");
  CHECK(link.find("rel=\"next\"") != std::string::npos);
  const auto target = link.substr(1, link.find('>') - 1);
  const auto next = http.get(target.substr(target.find("/v1/")));
  REQUIRE(next.status == 200);
  CHECK(integer_member(list_member(parse_body(next), "posts")[0], "id") == posts[7]);
  CHECK(page.header("cache-control") == "private, no-cache");

  std::vector<std::int64_t> fans;
  for (int i = 0; i < 5; ++i) {
    fans.insert(fans.begin(), create_user(http, "fan" + std::to_string(i)));
    http.post(user + "/follow", R"({"user_id":)" + std::to_string(fans[0]) + "}");
    like(http, posts[0], fans[0]);
  }
  CHECK(fetch_all_pages(http, user + "/followers", "users", 2) == fans);
  CHECK(fetch_all_pages(http, "/v1/users/" + std::to_string(fans[0]) + "/following", "users", 2) ==
        std::vector<std::int64_t>{ana});
  CHECK(fetch_all_pages(http, "/v1/posts/" + std::to_string(posts[0]) + "/likes", "likes", 2)
            .size() == 5);
  const auto some = parse_body(http.get("/v1/posts?ids=" + std::to_string(posts[3]) + "," +
                                        std::to_string(posts[1]) + ",99999"));
  REQUIRE(list_member(some, "posts").size() == 2);
  CHECK(integer_member(list_member(some, "posts")[0], "id") == posts[3]);
}
