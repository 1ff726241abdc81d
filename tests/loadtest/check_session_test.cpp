// The scripts of --check against a server in memory: each fault is found, and nothing else.
#include <algorithm>

#include "scripted_answers.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;
using feedctl::test::Faults;
using feedctl::test::ScriptRun;

namespace {

constexpr int many_requests = 600;  // some thirty rounds

std::string first_finding(ScriptRun& run) {
  const auto findings = run.log.findings();
  return findings.empty() ? "none" : findings.front();
}

// The first finding of a script against a server with these faults.
std::string finding_with(const Faults& faults) {
  ScriptRun run(faults);
  run.run(many_requests);
  return first_finding(run);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a server without faults gives no finding") {
  ScriptRun run;
  run.run(many_requests);
  CHECK(first_finding(run) == "none");
  CHECK(run.log.check_count() == many_requests);
  CHECK_FALSE(run.session->is_over());
}

TEST_CASE("a post that its author's feed lacks is found, with its request") {
  const auto finding = finding_with({.loses_posts = true});
  CHECK(contains(finding, "is missing"));
  CHECK(contains(finding, "the home feed of user 101"));
  CHECK(contains(finding, "(request r1)"));
}

TEST_CASE("posts in the wrong order are found") {
  CHECK(contains(finding_with({.swaps_posts = true}), "below the older"));
}

TEST_CASE("a post on two pages is found") {
  CHECK(contains(finding_with({.doubles_posts = true}), "stands twice, across two pages"));
}

TEST_CASE("a post between two pages is found") {
  CHECK(contains(finding_with({.skips_posts = true}), "is missing"));
}

TEST_CASE("posts of an unfollowed author are found") {
  CHECK(contains(finding_with({.keeps_unfollowed = true}), "who was unfollowed before"));
}

TEST_CASE("a lost like is found in the count") {
  CHECK(contains(finding_with({.forgets_likes = true}), "like_count is 0, expected at least 1"));
}

TEST_CASE("a like that was taken back and is still shown is found") {
  CHECK(contains(finding_with({.says_liked = true}), "liked is true for user"));
}

TEST_CASE("a view count that shrinks is found, except where views may be lost") {
  CHECK(contains(finding_with({.shrinks_views = true}), "viewsCount is 0, expected at least 1"));
  ScriptRun run({.shrinks_views = true}, {.name = "lt", .may_views_shrink = true});
  run.run(many_requests);
  CHECK(first_finding(run) == "none");
}

TEST_CASE("a deleted post that is still answered or shown is found") {
  CHECK(contains(finding_with({.keeps_deleted = true}), "that was deleted before: answered 200"));
  CHECK(contains(finding_with({.shows_deleted = true}), "is shown"));
}

TEST_CASE("a refused token is found, unless a failure came before it") {
  CHECK(contains(finding_with({.refuses_tokens = true}), "answered 400"));
  ScriptRun run({.refuses_tokens = true});
  run.run_to("GET", "/v1/feed?");
  run.give_no_answer(Outcome::unavailable, 503);
  run.give(run.server.answer(run.send()));
  CHECK(first_finding(run) == "none");
  CHECK_FALSE(run.session->is_over());
}

TEST_CASE("a command without an answer is sent again with its key until one comes") {
  ScriptRun run;
  const auto first = run.run_to("POST", "/v1/posts");
  run.server.answer(first);  // it was carried out, and the answer was lost
  const auto outcome = run.give_no_answer(Outcome::timed_out);
  CHECK(outcome == Outcome::timed_out);
  auto again = run.send();
  CHECK(again.idempotency_key == first.idempotency_key);
  CHECK(again.body == first.body);
  run.give_no_answer(Outcome::unavailable, 503);
  again = run.send();
  run.give(run.server.answer(again));
  run.run(many_requests);
  CHECK(first_finding(run) == "none");
  const auto& keys = run.server.keys();
  CHECK(std::all_of(keys.begin(), keys.end(), [](const auto& key) { return key.second == 1; }));
}

TEST_CASE("answers that fail now and then give no finding") {
  const std::vector<std::pair<Outcome, int>> failures{
      {Outcome::unavailable, 503}, {Outcome::throttled, 429},     {Outcome::server_error, 500},
      {Outcome::timed_out, 0},     {Outcome::connection_lost, 0}, {Outcome::connect_failed, 0},
      {Outcome::malformed, 0},     {Outcome::connection_lost, 0}};
  ScriptRun run;
  for (std::size_t i = 0; i < many_requests && !run.session->is_over(); ++i) {
    const auto request = run.send();
    if (i % 3 != 0) {
      run.give(run.server.answer(request));
      continue;
    }
    if (i % 2 == 0) run.server.answer(request);
    const auto& [outcome, status] = failures[i / 3 % failures.size()];
    CHECK(run.give_no_answer(outcome, status) == outcome);
  }
  CHECK(first_finding(run) == "none");
  CHECK_FALSE(run.session->is_over());
}

TEST_CASE("a like without an answer is unknown once the script gives up") {
  ScriptRun run;
  run.run_to("POST", "/v1/likes");
  while (!run.session->is_over()) {
    run.give_no_answer(Outcome::timed_out);
    if (!run.session->is_over()) run.send();
  }
  const auto posts = run.log.posts();
  REQUIRE(posts.size() == 1);
  REQUIRE(posts[0].likes.size() == 1);
  CHECK(posts[0].likes.begin()->second == Certainty::unknown);
  CHECK(posts[0].exists == Certainty::yes);
}

TEST_CASE("a script that ends with the run leaves its posts and its likes to compare") {
  ScriptRun run;
  run.run_to("POST", "/v1/likes");
  run.give_no_answer(Outcome::unfinished);
  CHECK(run.session->is_over());
  REQUIRE(run.log.posts().size() == 1);
  CHECK(run.log.posts()[0].likes.begin()->second == Certainty::unknown);
}

TEST_CASE("a server that lets nobody act is an obstacle and no finding") {
  ScriptRun run;
  run.send();
  run.give({403, "{}"});
  CHECK(run.session->is_over());
  CHECK(first_finding(run) == "none");
  CHECK(run.log.obstacle() == "POST /v1/users is answered 403");
}

TEST_CASE("an answer that is no JSON is found") {
  ScriptRun run;
  run.run_to("GET", "/v1/feed?");
  CHECK(run.give({200, "<html>"}) == Outcome::wrong);
  CHECK(contains(first_finding(run), "the body is not JSON"));
}
