// The rows S0-1 to S0-10 and S0-37 to S0-43 of docs/requirements.md, over HTTP, with Redis and
// without.
#include <thread>

#include "support/api.hpp"
#include "support/eventually.hpp"
#include "support/stopwatch.hpp"
#include "support/test_servers.hpp"

using namespace feedctl;
using namespace feedctl::api;

namespace {

// The page with all earlier likes. While it is late, a busy server gives the last one, marked so.
HttpResponse get_current_page(const HttpClient& http, const std::string& query = "") {
  HttpResponse answer;
  REQUIRE(support::eventually([&] {
    answer = http.get("/v1/feed/hot" + query);
    return answer.header("x-feed-stale").empty();
  }));
  REQUIRE(answer.status == 200);
  return answer;
}

std::vector<std::int64_t> hot_ids(const HttpClient& http, const std::string& query = "") {
  std::vector<std::int64_t> ids;
  const auto answer = get_current_page(http, query);
  for (const auto& post : list_member(parse_body(answer), "posts"))
    ids.push_back(integer_member(post, "id"));
  return ids;
}

double recomputes(const HttpClient& http) {
  const auto summary = parse_body(http.get("/debug/metrics-summary"));
  const auto* value = summary.find("feedctl_hot_recomputes_total");
  if (value == nullptr) return 0;
  if (const auto* whole = value->integer()) return static_cast<double>(*whole);
  REQUIRE(value->real() != nullptr);
  return *value->real();
}

void check_hot(const support::Settings& settings) {
  support::FreshDatabase database;
  support::ServerProcess serve(database, settings);
  const auto http = serve.client();
  const auto a = create_post(http), b = create_post(http), c = create_post(http);
  for (int user = 1; user <= 3; ++user) like(http, b, user);
  like(http, c, 1);

  // S0-37: the most liked first, then the one with one like; S0-39: then by time.
  const auto answer = get_current_page(http, "?limit=10");
  const auto page = parse_body(answer);
  const auto& posts = list_member(page, "posts");
  REQUIRE(posts.size() == 3);
  CHECK(integer_member(posts[0], "id") == b);
  CHECK(integer_member(posts[0], "score") == 3);
  CHECK(integer_member(posts[0], "like_count") == 3);
  CHECK(integer_member(posts[1], "id") == c);
  CHECK(integer_member(posts[1], "score") == 1);
  CHECK(integer_member(posts[2], "id") == a);
  CHECK(integer_member(posts[2], "score") == 0);
  CHECK(parse_rfc3339(text_member(posts[0], "created_at")).has_value());
  CHECK(parse_rfc3339(text_member(page, "as_of")).has_value());
  const auto first = hot_ids(http);
  for (int i = 0; i < 5; ++i) CHECK(hot_ids(http) == first);

  // S0-38 and S0-41: nothing is computed again until somebody likes, and then once.
  const auto before = recomputes(http);
  hot_ids(http);
  hot_ids(http, "?limit=2");
  CHECK(recomputes(http) == before);
  like(http, a, 1);
  like(http, a, 2);
  like(http, a, 3);
  like(http, a, 4);
  CHECK(hot_ids(http).front() == a);
  CHECK(recomputes(http) == before + 1);
  CHECK(http.del("/v1/feed/posts/" + std::to_string(a) + "/likes/1/").status == 204);
  CHECK(integer_member(list_member(parse_body(get_current_page(http)), "posts")[0], "score") == 3);

  // S0-40: a smaller limit is the head of a larger one; pages follow one another to the end.
  const auto ten = hot_ids(http, "?limit=10");
  CHECK(hot_ids(http, "?limit=2") == std::vector<std::int64_t>(ten.begin(), ten.begin() + 2));
  CHECK(fetch_all_pages(http, "/v1/feed/hot", "posts", 1) == ten);

  // S0-2 and S0-43: limits.
  const auto refused = [&](const char* limit, const char* error) {
    const auto bad = http.get(std::string("/v1/feed/hot?limit=") + limit);
    CHECK(bad.status == 400);
    CHECK(error_message(bad) == error);
  };
  for (const char* limit : {"abc", "", "1.5"}) refused(limit, "limit must be an integer");
  for (const char* limit : {"0", "-1"}) refused(limit, "limit must be positive");
  refused("1001", "limit cannot exceed 1000");
  CHECK(http.get("/v1/feed/hot?limit=1000").status == 200);
  CHECK(http.get("/v1/feed/hot/").status == 200);
  CHECK(http.get("/v1/feed/hot?cursor=nonsense").status == 400);
}

}  // namespace

TEST_CASE("the hot feed ranks posts by likes of the last 24 hours, with Redis") {
  check_hot({{"hot.refresh_window", "0s"}, {"redis.url", support::redis_url(11)}});
}

TEST_CASE("the hot feed ranks posts by likes of the last 24 hours, without Redis") {
  check_hot({{"hot.refresh_window", "0s"}});
}

TEST_CASE(
    "S0-3: only likes of the last 24 hours count, and an expired like drops out of the score") {
  support::FreshDatabase database;
  support::ServerProcess serve(database, {{"hot.refresh_window", "0s"}});
  const auto http = serve.client();
  const auto old = create_post(http), fresh = create_post(http);
  // Two likes that are two seconds short of a day, written as a like is: row, counter and event.
  for (const char* user : {"1", "2"}) {
    const std::string row = std::string(user) + ", " + std::to_string(old) +
                            ", now() - interval '23 hours 59 minutes 58 seconds'";
    database.execute("WITH l AS (INSERT INTO likes (user_id, post_id, created_at) VALUES (" + row +
                     ") RETURNING *), e AS (INSERT INTO events (type, shard, actor, object, "
                     "liked_at) SELECT 1, 0, user_id, post_id, created_at FROM l)"
                     " UPDATE post_likes SET like_count = like_count + 1 WHERE post_id IN (SELECT "
                     "post_id FROM l)");
  }
  CHECK(like(http, fresh, 1).status == 201);
  const auto first = hot_ids(http).front();
  // The likes are still counted, as far as this machine was quick enough.
  if (database.execute("SELECT min(created_at) > now() - interval '24 hours' FROM likes WHERE "
                       "post_id = " +
                       std::to_string(old)) == "t")
    CHECK(first == old);
  std::this_thread::sleep_for(std::chrono::seconds{3});
  CHECK(like(http, fresh, 2).status == 201);
  const auto page = parse_body(get_current_page(http));
  CHECK(integer_member(list_member(page, "posts")[0], "id") == fresh);
  CHECK(integer_member(list_member(page, "posts")[1], "score") == 0);
  CHECK(integer_member(list_member(page, "posts")[1], "like_count") == 2);
}

TEST_CASE("S0-8: Redis holds the ranking under its documented key") {
  support::FreshDatabase database;
  support::ServerProcess serve(database, {{"redis.url", support::redis_url(12)}});
  const auto http = serve.client();
  create_post(http);
  hot_ids(http);
  const auto keys =
      support::run({"redis-cli", "-s", support::test_servers().redis().socket_path().string(), "-n",
                    "12", "KEYS", "*"});
  CHECK(keys.out.find("hotfeed:feed:hot:1000") != std::string::npos);
}
