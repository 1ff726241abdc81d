// The hot feed, read while PostgreSQL's clock is ahead.
#include "base/json.hpp"
#include "base/time.hpp"
#include "stepped_clock_cluster.hpp"
#include "support/catch.hpp"

namespace feedctl::test {

namespace {

struct HotFeedState {
  Time as_of;
  std::int64_t score = -1;  // of the first post
};

HotFeedState read_hot_feed(const support::HttpClient& http) {
  const auto answer = http.get("/v1/feed/hot");
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  const auto page = json::parse(answer.body);
  HotFeedState hot;
  hot.as_of = parse_rfc3339(*page.find("as_of")->text()).value();
  const auto& posts = *page.find("posts")->array();
  if (!posts.empty()) hot.score = *posts.front().find("score")->integer();
  return hot;
}

std::string add_user(const support::HttpClient& http, const std::string& handle) {
  const auto answer = http.post("/v1/users", R"({"handle":")" + handle + R"("})");
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 201);
  return std::to_string(*json::parse(answer.body).find("id")->integer());
}

std::string add_post(const support::HttpClient& http, const std::string& author) {
  const auto answer = http.post("/v1/posts", R"({"text":"x"})", {{"x-user-id", author}});
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 201);
  return std::to_string(*json::parse(answer.body).find("id")->integer());
}

void like(const support::HttpClient& http, const std::string& user, const std::string& post) {
  const auto answer = http.post("/v1/posts/" + post + "/likes", "{}", {{"x-user-id", user}});
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status < 300);
}

// For as long as the ranking of before is kept; nothing but a read moves the window.
void read_with_clock_ahead(SteppedClockCluster& world) {
  const auto begun = now();
  world.postgres.set_clock(24h * 10);
  const auto http = world.serve->client();
  REQUIRE(
      support::eventually(patience, [&] { return read_hot_feed(http).as_of > begun + 24h * 9; }));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a hot feed read while the clock was ahead is correct once the clock is corrected") {
  SteppedClockCluster world;
  world.start_serve();
  const auto ann = add_user(world.serve->client(), "ann"),
             bob = add_user(world.serve->client(), "bob");
  const auto old = add_post(world.serve->client(), ann);
  like(world.serve->client(), ann, old);
  read_with_clock_ahead(world);
  CHECK(has(world.feedctl({"doctor", "-o", "json"}).out,
            "the clocks of PostgreSQL and of this machine differ"));
  CHECK(world.serve->stop() == 0);  // which might put it right before anybody looks
  world.postgres.set_clock(0s);
  CHECK(has(world.feedctl({"doctor", "-o", "json"}).out, "hot_window"));
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I11"}).exit_code == 3);

  world.serve->start();
  const auto http = world.serve->client();
  const auto post = add_post(http, bob);
  for (const auto& user : {ann, bob}) like(http, user, post);
  CHECK(support::eventually(patience, [&] {
    const auto hot = read_hot_feed(http);
    return hot.as_of < now() + 1min && hot.score == 2;
  }));
  CHECK(world.sql("SELECT score FROM hot_scores WHERE post_id = " + old) == "1");
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I11"}).exit_code == 0);
  CHECK_FALSE(has(world.feedctl({"doctor", "-o", "json"}).out, "hot_window"));
}

TEST_CASE("verify --repair corrects the hot feed's window even if nobody reads the feed") {
  SteppedClockCluster world;
  world.start_serve();
  const auto ann = add_user(world.serve->client(), "ann");
  like(world.serve->client(), ann, add_post(world.serve->client(), ann));
  read_with_clock_ahead(world);
  CHECK(world.serve->stop() == 0);
  world.postgres.set_clock(0s);
  const auto repaired = world.feedctl({"verify", "--all", "--invariant", "I11", "--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(world.sql("SELECT sum(score) FROM hot_scores") == "1");
  world.serve->start();
  CHECK(read_hot_feed(world.serve->client()).score == 1);
}

}  // namespace feedctl::test
