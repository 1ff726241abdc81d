// The hot feed, read while PostgreSQL's clock is ahead.
#include "base/json.hpp"
#include "base/time.hpp"
#include "support/catch.hpp"
#include "upkeep_world.hpp"

namespace feedctl::test {

namespace {

struct Hot {
  Time as_of;
  std::int64_t score = -1;  // of the first post
};

Hot hot_of(const support::HttpClient& http) {
  const auto answer = http.get("/v1/feed/hot");
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  const auto page = json::parse(answer.body);
  Hot hot;
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
void read_ahead(UpkeepWorld& world) {
  const auto begun = now();
  world.postgres.set_clock(24h * 10);
  const auto http = world.serve->client();
  REQUIRE(support::eventually(patience, [&] { return hot_of(http).as_of > begun + 24h * 9; }));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the hot feed that was read while the clock was ahead is right once the clock is") {
  UpkeepWorld world;
  world.start_serve();
  const auto ann = add_user(world.serve->client(), "ann"),
             bob = add_user(world.serve->client(), "bob");
  const auto old = add_post(world.serve->client(), ann);
  like(world.serve->client(), ann, old);
  read_ahead(world);
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
    const auto hot = hot_of(http);
    return hot.as_of < now() + 1min && hot.score == 2;
  }));
  CHECK(world.sql("SELECT score FROM hot_scores WHERE post_id = " + old) == "1");
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I11"}).exit_code == 0);
  CHECK_FALSE(has(world.feedctl({"doctor", "-o", "json"}).out, "hot_window"));
}

TEST_CASE("verify --repair puts the hot feed's window right where nobody reads it") {
  UpkeepWorld world;
  world.start_serve();
  const auto ann = add_user(world.serve->client(), "ann");
  like(world.serve->client(), ann, add_post(world.serve->client(), ann));
  read_ahead(world);
  CHECK(world.serve->stop() == 0);
  world.postgres.set_clock(0s);
  const auto repaired = world.feedctl({"verify", "--all", "--invariant", "I11", "--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(world.sql("SELECT sum(score) FROM hot_scores") == "1");
  world.serve->start();
  CHECK(hot_of(world.serve->client()).score == 1);
}

}  // namespace feedctl::test
