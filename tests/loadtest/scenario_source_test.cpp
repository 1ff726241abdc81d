#include "loadtest/scenario_source.hpp"

#include <cstdlib>
#include <map>
#include <set>

#include "base/json.hpp"
#include "loadtest/answer_scan.hpp"
#include "loadtest/mix_reader.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;

namespace {

struct ParsedRequest {
  std::string method, target;
  std::map<std::string, std::string> headers;
  std::string body;
};

// Throws for what is no request of HTTP/1.1 with a body as long as it says.
ParsedRequest parse(const std::string& bytes) {
  ParsedRequest request;
  const auto head_end = bytes.find("\r\n\r\n");
  const auto line_end = bytes.find("\r\n");
  const auto line = bytes.substr(0, line_end);
  const auto space = line.find(' ');
  REQUIRE(head_end != std::string::npos);
  REQUIRE(line.ends_with(" HTTP/1.1"));
  request.method = line.substr(0, space);
  request.target = line.substr(space + 1, line.size() - space - 1 - 9);
  CHECK(request.target.find(' ') == std::string::npos);
  for (auto at = line_end; at < head_end;) {
    const auto end = bytes.find("\r\n", at + 2);
    const auto header = bytes.substr(at + 2, end - at - 2);
    const auto colon = header.find(": ");
    REQUIRE(colon != std::string::npos);
    CHECK(request.headers.emplace(header.substr(0, colon), header.substr(colon + 2)).second);
    at = end;
  }
  request.body = bytes.substr(head_end + 4);
  const auto length = request.headers.find("Content-Length");
  CHECK(request.body.size() == (length == request.headers.end() ? 0 : std::stoul(length->second)));
  return request;
}

class ScenarioFixture {
 public:
  explicit ScenarioFixture(const std::string& operations, std::vector<LoadUser> users = {{7}, {8}},
                           const KnownIds& known = {})
      : mix_(std::make_shared<Mix>(read_mix("operations: {" + operations + "}", "mix"))),
        source_(mix_, std::make_shared<UserPool>(std::move(users), 0.8), known,
                {"feed.test:8000", "key", 1}) {}

  // The next request, and its operation's name.
  ParsedRequest next() {
    REQUIRE(source_.next(request_));
    operation = mix_->operations.at(request_.operation).name;
    return parse(request_.bytes);
  }
  bool has_next() { return source_.next(request_); }
  // To the request that next() gave last.
  Outcome answer(int status, const std::string& body = "", Outcome outcome = Outcome::ok) {
    Answer answer;
    answer.status = status;
    answer.outcome = outcome;
    answer.body = body;
    return source_.on_answer(request_, answer);
  }
  const PlannedRequest& planned() const { return request_; }

  std::string operation;

 private:
  std::shared_ptr<Mix> mix_;
  ScenarioSource source_;
  PlannedRequest request_;
};

std::string feed_page(const std::vector<Id>& posts, const std::string& cursor = "") {
  std::string body = R"({"posts":[)";
  for (const Id post : posts) {
    body += (body.back() == '[' ? "" : ",") + std::string(R"({"id":)") + std::to_string(post) +
            R"(,"author_id":7,"author":{"id":7,"handle":"a"},"text":"x"})";
  }
  return body + R"(],"next_cursor":)" + (cursor.empty() ? "null" : "\"" + cursor + "\"") + "}";
}

}  // namespace

TEST_CASE("reads name their actor and have no body") {
  ScenarioFixture scenario("feed: 1");
  const auto feed = scenario.next();
  CHECK(feed.method == "GET");
  CHECK(feed.target == "/v1/feed?limit=20");
  CHECK(feed.headers.at("Host") == "feed.test:8000");
  CHECK((feed.headers.at("X-User-Id") == "7" || feed.headers.at("X-User-Id") == "8"));
  CHECK(feed.headers.count("Authorization") == 0);
  CHECK(feed.body.empty());
}

TEST_CASE("a token takes the place of the user's id") {
  ScenarioFixture scenario("feed: 1", {{7, "secret"}});
  const auto feed = scenario.next();
  CHECK(feed.headers.at("Authorization") == "Bearer secret");
  CHECK(feed.headers.count("X-User-Id") == 0);
}

TEST_CASE("anonymous operations need no users") {
  ScenarioFixture scenario("hot: 1, health: 1, page: 1", {}, {{}, {3}});
  std::set<std::string> targets;
  for (int i = 0; i < 100; ++i) {
    const auto request = scenario.next();
    CHECK(request.headers.count("X-User-Id") == 0);
    targets.insert(request.target);
  }
  CHECK(targets ==
        std::set<std::string>{"/v1/feed/hot?limit=20", "/health/live", "/api/v1/pages/3"});
}

TEST_CASE("operations come as often as their weights say") {
  ScenarioFixture scenario("feed: 60, hot: 30, post: 10, like: 0");
  std::map<std::string, int> counts;
  for (int i = 0; i < 10'000; ++i) {
    scenario.next();
    ++counts[scenario.operation];
  }
  CHECK(std::abs(counts["feed"] - 6000) < 200);
  CHECK(std::abs(counts["hot"] - 3000) < 200);
  CHECK(std::abs(counts["post"] - 1000) < 150);
  CHECK(counts.count("like") == 0);
}

TEST_CASE("posts have a text of the wanted length and a key of their own") {
  ScenarioFixture scenario("post: 1");
  std::set<std::string> keys;
  for (int i = 0; i < 200; ++i) {
    const auto post = scenario.next();
    CHECK(post.method == "POST");
    CHECK(post.target == "/v1/posts");
    CHECK(post.headers.at("Content-Type") == "application/json");
    const auto text = support::text_in(json::parse(post.body), "text");
    CHECK(text.size() >= 20);
    CHECK(text.size() <= 280);
    CHECK(text.back() != ' ');
    CHECK(keys.insert(post.headers.at("Idempotency-Key")).second);
  }
}

TEST_CASE("likes and views are of posts that answers showed") {
  ScenarioFixture scenario("feed: 1, like: 1, view: 1, views_batch: 1");
  scenario.next();
  while (scenario.operation != "feed") scenario.next();
  scenario.answer(200, feed_page({101, 102}));
  std::map<std::string, std::set<Id>> seen;
  for (int i = 0; i < 200; ++i) {
    const auto request = scenario.next();
    if (scenario.operation == "feed") continue;
    const auto body = json::parse(request.body);
    if (scenario.operation == "like") {
      CHECK(request.target == "/v1/likes");
      seen["like"].insert(support::integer_in(body, "post_id"));
    } else if (scenario.operation == "view") {
      CHECK(request.target == "/v1/views");
      CHECK(request.headers.count("Idempotency-Key") == 0);
      seen["view"].insert(support::integer_in(body, "postId"));
    } else {
      CHECK(request.target == "/v1/views/batch");
      CHECK(support::list_in(body, "postIds").size() == 2);
    }
  }
  CHECK(seen["like"] == std::set<Id>{101, 102});
  CHECK(seen["view"] == std::set<Id>{101, 102});
}

TEST_CASE("own posts are liked, too") {
  ScenarioFixture scenario("post: 1, like: 1");
  scenario.next();
  CHECK(scenario.operation == "post");  // there is nothing to like
  CHECK(scenario.answer(201, R"({"id":55,"author_id":7,"text":"x"})") == Outcome::ok);
  while (scenario.operation != "like") scenario.next();
  const auto& bytes = scenario.planned().bytes;
  CHECK(bytes.ends_with(R"({"post_id":55})"));
}

TEST_CASE("a next page is asked for once, by the reader of the page before") {
  ScenarioFixture scenario("feed: 1, feed_next: 1", {{7}, {8}, {9}});
  auto feed = scenario.next();
  CHECK(scenario.operation == "feed");
  const auto reader = feed.headers.at("X-User-Id");
  scenario.answer(200, feed_page({1}, "abc-_"));
  do feed = scenario.next();
  while (scenario.operation == "feed");
  CHECK(feed.target == "/v1/feed?limit=20&cursor=abc-_");
  CHECK(feed.headers.at("X-User-Id") == reader);
  scenario.answer(200, feed_page({1}));  // the end
  for (int i = 0; i < 50; ++i) {
    scenario.next();
    CHECK(scenario.operation == "feed");
  }
}

TEST_CASE("likes and follows are taken back by the user who made them") {
  ScenarioFixture scenario("like: 1, unlike: 1, follow: 1, unfollow: 1", {{7}, {8}}, {{101}, {}});
  std::set<std::pair<std::string, std::string>> liked, followed;
  for (int i = 0; i < 500; ++i) {
    const auto request = scenario.next();
    const auto user = request.headers.at("X-User-Id");
    if (scenario.operation == "like") {
      liked.insert({user, "101"});
      CHECK(scenario.answer(201) == Outcome::ok);
    } else if (scenario.operation == "unlike") {
      CHECK(request.method == "DELETE");
      CHECK(request.target == "/v1/posts/101/likes");
      CHECK(liked.count({user, "101"}) == 1);
    } else {
      const bool follows = scenario.operation == "follow";
      const auto other = user == "7" ? "8" : "7";
      CHECK(request.method == "POST");
      CHECK(request.headers.at("Content-Length") == "0");
      CHECK(request.target ==
            "/v1/users/" + std::string(other) + (follows ? "/follow" : "/unfollow"));
      if (follows) {
        followed.insert({user, other});
        CHECK(scenario.answer(200) == Outcome::ok);
      } else {
        CHECK(followed.count({user, other}) == 1);
      }
    }
  }
}

TEST_CASE("a like that was there before is not taken back") {
  ScenarioFixture scenario("like: 1, unlike: 1", {{7}}, {{101}, {}});
  for (int i = 0; i < 20; ++i) {
    scenario.next();
    CHECK(scenario.operation == "like");
    CHECK(scenario.answer(200) == Outcome::ok);
  }
}

TEST_CASE("an operation without anything to work on gives way, or there is no request") {
  ScenarioFixture posts("like: 1");
  CHECK_FALSE(posts.has_next());
  ScenarioFixture users("feed: 1", {});
  CHECK_FALSE(users.has_next());
  ScenarioFixture alone("follow: 1, hot: 1", {{7}});
  for (int i = 0; i < 20; ++i) {
    alone.next();
    CHECK(alone.operation == "hot");
  }
}

TEST_CASE("the expected statuses decide whether an answer is good") {
  ScenarioFixture scenario("feed: {weight: 1, expect: [200, 404]}");
  scenario.next();
  CHECK(scenario.answer(200, feed_page({})) == Outcome::ok);
  CHECK(scenario.answer(404, "", Outcome::client_error) == Outcome::ok);
  CHECK(scenario.answer(204) == Outcome::unexpected);
  CHECK(scenario.answer(400, "", Outcome::client_error) == Outcome::client_error);
  CHECK(scenario.answer(429, "", Outcome::throttled) == Outcome::throttled);
  CHECK(scenario.answer(0, "", Outcome::timed_out) == Outcome::timed_out);
  CHECK(scenario.answer(200, "", Outcome::malformed) == Outcome::malformed);
}

TEST_CASE("a raw request fills in users, posts and numbers") {
  ScenarioFixture scenario(
      "a: {weight: 1, raw: {method: PUT, path: '/p/{post}/{user}', body: '{\"n\":{random},{x}', "
      "headers: {X-A: b}}}",
      {{7}}, {{101}, {}});
  const auto request = scenario.next();
  CHECK(request.method == "PUT");
  CHECK(request.target == "/p/101/7");
  CHECK(request.headers.at("X-A") == "b");
  CHECK(request.body.starts_with("{\"n\":"));
  CHECK(request.body.ends_with(",{x}"));
  CHECK(request.body.find("{random}") == std::string::npos);
  CHECK_FALSE(scenario.planned().is_head);
  ScenarioFixture head("a: {raw: {method: HEAD, path: /}}");
  CHECK(head.next().headers.count("Content-Length") == 0);
  CHECK(head.planned().is_head);
}

TEST_CASE("equal seeds give equal requests") {
  ScenarioFixture one("feed: 1, post: 1, hot: 1"), other("feed: 1, post: 1, hot: 1");
  for (int i = 0; i < 100; ++i) {
    one.next();
    other.next();
    CHECK(one.planned().bytes == other.planned().bytes);
  }
}

TEST_CASE("what is remembered of answers is bounded, and the newest stays") {
  RecentItems<int> items(3);
  for (int i = 1; i <= 5; ++i) items.add(i);
  CHECK(items.size() == 3);
  CHECK(std::set<int>{items.at(0), items.at(1), items.at(2)} == std::set<int>{3, 4, 5});
  while (!items.empty()) items.take(1);
  for (int i = 6; i <= 9; ++i) items.add(i);
  CHECK(std::set<int>{items.at(0), items.at(1), items.at(2)} == std::set<int>{7, 8, 9});
}

TEST_CASE("post ids and cursors are found in answers, and nowhere else") {
  std::size_t from = 0;
  const auto page = feed_page({5, 6}, "abc");
  CHECK(next_post_id(page, from) == 5);
  CHECK(next_post_id(page, from) == 6);
  CHECK(next_post_id(page, from) == std::nullopt);
  CHECK(next_cursor_in(page) == "abc");
  for (const std::string& text :
       {std::string(), std::string(R"({"id":)"), std::string(R"({"id":9)"),
        std::string(R"({"id":-9,"author_id":1})"),
        std::string(R"({"id":99999999999999999999999,"author_id":1})"),
        std::string(R"({"next_cursor":null})"), std::string(R"({"next_cursor":"abc)"),
        R"({"next_cursor":")" + std::string(5000, 'a') + "\"}"}) {
    from = 0;
    CHECK(next_post_id(text, from) == std::nullopt);
    CHECK(next_cursor_in(text).empty());
  }
}
