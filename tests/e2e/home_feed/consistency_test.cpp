// While everything changes through two processes: no page goes back, everybody sees what they did,
// and at rest all are the definition's. FEEDCTL_LONG=1 makes three times as many commands.
#include <atomic>
#include <set>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::rounds;

namespace {

std::set<std::int64_t> ids_in(const HttpResponse& answer) {
  std::set<std::int64_t> ids;
  for (const auto& post : list_member(parse_body(answer), "posts"))
    ids.insert(integer_member(post, "id"));
  return ids;
}

// Any command of anybody, over one of the processes. Uses no Catch2: it runs in threads.
void run_random_command(const HomeFeedCluster& town, std::mt19937& random,
                        std::vector<std::int64_t>& posts) {
  const auto& http = random() % 2 == 0 ? town.a : town.b;
  const auto who = town.users[random() % town.users.size()];
  const auto whom = town.users[random() % town.users.size()];
  const auto post = posts.empty() ? 1 : posts[random() % posts.size()];
  const auto id = [](std::int64_t n) { return std::to_string(n); };
  switch (random() % 12) {
    case 0:
    case 1:
    case 2: {
      const auto made =
          http.post("/v1/posts", R"({"text":"a post"})", HomeFeedCluster::as_user(who));
      if (made.status == 201) posts.push_back(support::integer_in(made, "id"));
      break;
    }
    case 3:
      http.del("/v1/posts/" + id(post), HomeFeedCluster::as_user(who));
      break;
    case 4:
    case 5:
      http.post("/v1/users/" + id(whom) + "/follow", "", HomeFeedCluster::as_user(who));
      break;
    case 6:
      http.post("/v1/users/" + id(whom) + "/unfollow", "", HomeFeedCluster::as_user(who));
      break;
    case 7:
    case 8:
      http.post("/v1/posts/" + id(post) + "/likes", "", HomeFeedCluster::as_user(who));
      break;
    case 9:
      http.del("/v1/posts/" + id(post) + "/likes", HomeFeedCluster::as_user(who));
      break;
    case 10:
      http.patch("/v1/users/" + id(who), R"({"name":"n)" + id(random() % 100) + "\"}",
                 HomeFeedCluster::as_user(who));
      break;
    default:
      if (random() % rounds(12U, 40U) == 0)
        http.del("/v1/users/" + id(who), HomeFeedCluster::as_user(who));
  }
}

}  // namespace

TEST_CASE(
    "after any changes through two processes every feed from memory equals the defining query") {
  const HomeFeedCluster town(30);
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&town, seed] {
      std::mt19937 random(seed);
      std::vector<std::int64_t> posts;
      for (int i = 0; i < rounds(200, 600); ++i) {
        run_random_command(town, random, posts);
        const auto& http = random() % 2 == 0 ? town.a : town.b;
        town.feed(http, town.users[random() % town.users.size()]);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::size_t read = 0;
  for (const auto user : town.users) {
    CAPTURE(user);
    const auto wanted = town.fetch_all_pages(town.reference, user, 20);
    for (const auto* http : {&town.a, &town.b}) {
      std::string got;
      eventually(5s, [&] { return (got = town.fetch_all_pages(*http, user, 20)) == wanted; });
      CHECK(got == wanted);
    }
    read += wanted.size();
  }
  CHECK(read > rounds<std::size_t>(5'000, 100'000));
  CHECK(HomeFeedCluster::pages_from_memory(town.a) > 100);
}

TEST_CASE("a page is never older than an earlier one of the same process") {
  const HomeFeedCluster town(4);
  const auto me = town.users[0], ann = town.users[1];
  town.follow(town.a, me, ann);
  std::atomic<bool> over{false};
  std::atomic<int> refused{0};
  std::thread writer([&] {  // each post is deleted when three more are there
    std::vector<std::int64_t> posts;
    int keys = 0;
    const auto done = [&](const HttpClient& http, const char* method, const std::string& path,
                          const std::string& body, int wanted) {
      auto headers = HomeFeedCluster::as_user(ann);
      headers.emplace_back("Idempotency-Key", "key-" + std::to_string(++keys));
      HttpResponse answer;  // a busy machine may ask to come again
      eventually(
          30s, [&] { return (answer = http.send(method, path, body, headers)).status == wanted; });
      if (answer.status != wanted) ++refused;
      return answer;
    };
    for (int i = 0; i < rounds(130, 400) && refused == 0; ++i) {
      const auto& http = i % 2 == 0 ? town.a : town.b;
      const auto made = done(http, "POST", "/v1/posts", R"({"text":"a post"})", 201);
      if (made.status == 201) posts.push_back(support::integer_in(made, "id"));
      if (posts.size() < 4) continue;
      done(http, "DELETE", "/v1/posts/" + std::to_string(posts[posts.size() - 4]), "", 204);
    }
    over = true;
  });
  std::int64_t newest = 0, pages = 0, came_back = 0, went_back = 0, too_many = 0;
  std::set<std::int64_t> seen, gone;
  while (!over) {
    const auto now = ids_in(town.feed(town.a, me));
    ++pages;
    for (const auto id : now) came_back += gone.count(id) != 0 ? 1 : 0;
    for (const auto id : seen)
      if (now.count(id) == 0) gone.insert(id);
    seen.insert(now.begin(), now.end());
    if (!now.empty()) {
      went_back += *now.rbegin() < newest && gone.count(newest) == 0 ? 1 : 0;
      newest = std::max(newest, *now.rbegin());
    }
    too_many += now.size() > 4 ? 1 : 0;  // a cut of the commit order never has more
  }
  writer.join();
  CHECK(refused == 0);
  CHECK(came_back == 0);
  CHECK(went_back == 0);
  CHECK(too_many == 0);
  CHECK(pages > rounds(30, 100));
  CHECK(gone.size() > rounds<std::size_t>(15, 50));
}

TEST_CASE("users see their own writes, at once in the same process and elsewhere with the token") {
  const HomeFeedCluster town(3);
  const auto me = town.users[0], ann = town.users[1];
  std::size_t wrong = 0;
  for (int i = 0; i < 60; ++i) {
    const bool follows = i % 2 == 0;
    const auto target = "/v1/users/" + std::to_string(ann) + (follows ? "/follow" : "/unfollow");
    const auto hers = create_post(town.b, ann);
    const auto answer = town.a.post(target, "", HomeFeedCluster::as_user(me));
    const auto mine = create_post(town.a, me);
    const auto page = town.feed(town.a, me);
    const auto here = ids_in(page);
    const auto there = ids_in(town.feed(town.b, me, "?min_token=" + page.header("x-feed-token")));
    for (const auto& ids : {here, there}) {
      wrong += ids.count(mine) == 1 ? 0 : 1;
      wrong += ids.count(hers) == (follows ? 1u : 0u) ? 0 : 1;
    }
    REQUIRE(answer.status == 200);
    town.a.del("/v1/posts/" + std::to_string(mine), HomeFeedCluster::as_user(me));
    wrong += ids_in(town.feed(town.a, me)).count(mine) == 0 ? 0 : 1;
  }
  CHECK(wrong == 0);
}
