// The rows S0-30 to S0-36 and S0-44 to S0-48 of docs/requirements.md, over HTTP.
#include <atomic>
#include <thread>

#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

struct LikesServer {
  support::FreshDatabase database;
  support::ServerProcess serve{database};
  HttpClient http = serve.client();

  std::int64_t like_count(std::int64_t post) {
    return integer_member(parse_body(http.get("/v1/feed/posts/" + std::to_string(post) + "/")),
                          "like_count");
  }
};

std::string likes_path(std::int64_t post, const std::string& more = "") {
  return "/v1/feed/posts/" + std::to_string(post) + "/likes/" + more;
}

}  // namespace

TEST_CASE("likes are created, removed and returned as documented") {
  LikesServer w;
  const auto post = create_post(w.http);
  SECTION("S0-30 and S0-31: the first like is made, the second is the first") {
    const auto first = like(w.http, post, 1);
    CHECK(first.status == 201);
    const auto made = parse_body(first);
    CHECK(integer_member(made, "post_id") == post);
    CHECK(integer_member(made, "user_id") == 1);
    CHECK(parse_rfc3339(text_member(made, "created_at")).has_value());
    CHECK(w.like_count(post) == 1);
    const auto again = like(w.http, post, 1);
    CHECK(again.status == 200);
    CHECK(integer_member(parse_body(again), "id") == integer_member(made, "id"));
    CHECK(w.like_count(post) == 1);
  }
  SECTION("S0-32, S0-33 and S0-48: who likes must be a positive integer") {
    const auto refused = [&](const char* body, const char* error) {
      const auto answer = w.http.post(likes_path(post), body);
      CHECK(answer.status == 400);
      if (*error) CHECK(error_message(answer) == error);
    };
    refused("{}", "user_id is required");
    refused("{", "Invalid JSON");
    refused(R"({"user_id":-1})", "user_id must be positive");
    refused(R"({"user_id":0})", "user_id must be positive");
    refused(R"({"user_id":"invalid"})", "user_id must be an integer");
    refused(R"({"user_id":1.5})", "user_id must be an integer");
    refused("[1]", "");
    const auto answer = w.http.post(likes_path(post), R"({"user_id":"5"})");
    CHECK(answer.status == 201);
    CHECK(integer_member(parse_body(answer), "user_id") == 5);
  }
  SECTION("S0-34 and S0-48: a like of no post is not found, after the user is checked") {
    CHECK(like(w.http, 99999, 1).status == 404);
    CHECK(w.http.post(likes_path(99999), R"({"user_id":0})").status == 400);
    CHECK(w.http.post("/v1/feed/posts/9223372036854775808/likes/", R"({"user_id":1})").status ==
          404);
  }
  SECTION("S0-35: a like is taken back once") {
    like(w.http, post, 1);
    CHECK(w.http.del(likes_path(post, "1/")).status == 204);
    CHECK(w.like_count(post) == 0);
    const auto again = w.http.del(likes_path(post, "1/"));
    CHECK(again.status == 404);
    CHECK(error_message(again) ==
          "Like from user 1 on post " + std::to_string(post) + " not found");
    CHECK(w.http.del(likes_path(99999, "1/")).status == 404);
    const auto zero = w.http.del(likes_path(post, "0/"));
    CHECK(zero.status == 400);
    CHECK(error_message(zero) == "user_id must be positive");
  }
  SECTION("S0-36: the status of a like") {
    like(w.http, post, 1);
    const auto yes = parse_body(w.http.get(likes_path(post, "1/status/")));
    CHECK(bool_member(yes, "liked"));
    CHECK(integer_member(support::member_in(yes, "like"), "user_id") == 1);
    const auto no = parse_body(w.http.get(likes_path(post, "2/status/")));
    CHECK_FALSE(bool_member(no, "liked"));
    CHECK(w.http.get(likes_path(99999, "1/status/")).status == 404);
    CHECK(w.http.get(likes_path(post, "0/status/")).status == 400);
  }
  SECTION("S0-46: the table itself holds a pair once") {
    like(w.http, post, 1);
    CHECK_THROWS(w.database.execute("INSERT INTO likes (user_id, post_id) VALUES (1, " +
                                    std::to_string(post) + ")"));
  }
}

TEST_CASE("S0-44: concurrent likes count once per user and none is lost") {
  LikesServer w;
  const auto at_once = [&](std::int64_t post, int clients, const std::function<int(int)>& user) {
    std::vector<std::thread> threads;
    std::atomic<int> created{0}, errors{0};
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] {
        const auto status = like(w.http, post, user(i)).status;
        created += status == 201;
        errors += status != 200 && status != 201;
      });
    }
    for (auto& t : threads) t.join();
    CHECK(errors == 0);
    return created.load();
  };
  const auto one = create_post(w.http);
  CHECK(at_once(one, 5, [](int) { return 1; }) == 1);
  CHECK(w.like_count(one) == 1);
  const auto ten = create_post(w.http);
  CHECK(at_once(ten, 10, [](int i) { return i + 1; }) == 10);
  CHECK(w.like_count(ten) == 10);
}

TEST_CASE("S0-45: five likes, then five likes and three unlikes at once, make seven") {
  LikesServer w;
  const auto post = create_post(w.http);
  for (int user = 1; user <= 5; ++user) like(w.http, post, user);
  std::vector<std::thread> threads;
  std::atomic<int> errors{0};
  for (int user = 6; user <= 10; ++user) {
    threads.emplace_back([&, user] { errors += like(w.http, post, user).status != 201; });
  }
  for (int user = 1; user <= 3; ++user) {
    threads.emplace_back([&, user] {
      errors += w.http.del(likes_path(post, std::to_string(user) + "/")).status != 204;
    });
  }
  for (auto& t : threads) t.join();
  CHECK(errors == 0);
  CHECK(w.like_count(post) == 7);
  CHECK(w.database.execute("SELECT count(*) FROM likes") == "7");
}
