// The comparison after the load: acknowledged commands against what the server shows.
#include "loadtest/final_check.hpp"

#include <map>

#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::loadtest;

namespace {

// A server with one post, 7, that lists likes and claims a number of them.
struct Shown {
  int status = 200;
  int like_count = 0;
  std::vector<Id> likers = {};
  int failures = 0;  // first so many reads get no answer
};

std::string likes_json(const std::vector<Id>& likers) {
  std::string likes;
  for (const auto user : likers)
    likes += (likes.empty() ? "" : ",") + ("{\"user_id\":" + std::to_string(user) + "}");
  return "{\"likes\":[" + likes + "],\"next_cursor\":null}";
}

Fetch fetch_from(Shown& shown) {
  return [&shown](const std::string& target) -> std::optional<FetchedAnswer> {
    if (shown.failures > 0) {
      --shown.failures;
      return std::nullopt;
    }
    if (target.find("/likes") != std::string::npos)
      return FetchedAnswer{200, likes_json(shown.likers), "r"};
    return FetchedAnswer{shown.status,
                         "{\"id\":7,\"author_id\":1,\"view_count\":0,\"like_count\":" +
                             std::to_string(shown.like_count) + "}",
                         "r"};
  };
}

struct Compared {
  FinalCheck counts;
  std::vector<std::string> findings;
};

Compared compare(CheckedPost post, Shown shown) {
  CheckLog log;
  post.id = 7;
  log.add_post(std::move(post));
  const auto counts = check_final_state(log, fetch_from(shown), [] {});
  return {counts, log.findings()};
}

const std::map<Id, Certainty> liked_by_1{{1, Certainty::yes}};

}  // namespace

TEST_CASE("a post with its acknowledged likes is right, and others may like it, too") {
  CHECK(compare({.likes = liked_by_1}, {.like_count = 1, .likers = {1}}).findings.empty());
  CHECK(compare({.likes = liked_by_1}, {.like_count = 2, .likers = {1, 9}}).findings.empty());
}

TEST_CASE("a lost like, a like that came back and a wrong count are found") {
  CHECK(compare({.likes = liked_by_1}, {.like_count = 0}).findings.size() == 1);
  CHECK(
      compare({.likes = {{1, Certainty::no}}}, {.like_count = 1, .likers = {1}}).findings.size() ==
      1);
  CHECK(compare({.likes = liked_by_1}, {.like_count = 2, .likers = {1}}).findings.size() == 1);
}

TEST_CASE("a like that may or may not have happened is right either way") {
  const std::map<Id, Certainty> unknown{{1, Certainty::unknown}};
  CHECK(compare({.likes = unknown}, {.like_count = 0}).findings.empty());
  CHECK(compare({.likes = unknown}, {.like_count = 1, .likers = {1}}).findings.empty());
}

TEST_CASE("a lost post and a deleted one that is shown are found, an unknown one is not") {
  CHECK(compare({.exists = Certainty::yes}, {.status = 404}).findings.size() == 1);
  CHECK(compare({.exists = Certainty::no}, {.status = 200}).findings.size() == 1);
  CHECK(compare({.exists = Certainty::no}, {.status = 404}).findings.empty());
  CHECK(compare({.exists = Certainty::unknown}, {.status = 404}).findings.empty());
  CHECK(compare({.exists = Certainty::unknown}, {.status = 200}).findings.empty());
}

TEST_CASE("a server that does not answer is no finding") {
  const auto once = compare({.likes = liked_by_1}, {.like_count = 1, .likers = {1}, .failures = 2});
  CHECK(once.findings.empty());
  CHECK(once.counts.compared == 1);
  const auto never = compare({.likes = liked_by_1}, {.failures = 1000});
  CHECK(never.findings.empty());
  CHECK(never.counts.unanswered == 1);
}

TEST_CASE("a server that is gone is not asked for each post") {
  CheckLog log;
  for (Id id = 1; id <= 50; ++id) log.add_post({.id = id});
  int reads = 0;
  const auto fetch = [&](const std::string&) -> std::optional<FetchedAnswer> {
    ++reads;
    return std::nullopt;
  };
  CHECK(check_final_state(log, fetch, [] {}).unanswered == 50);
  CHECK(reads < 20);
}
