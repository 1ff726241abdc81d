// The friendships of 962 people, imported; one more who follows them all; everybody posts over
// HTTP, some unfollow, some delete. Every whole home feed, read page by page, is compared with the
// one computed from the file and the history. A normal run has a third of the people write and
// reads a sixth of the feeds; FEEDCTL_LONG=1 has everybody.
#include "e2e/api/real_graph.hpp"

#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::api;
using support::rounds;

namespace {

std::vector<std::int64_t> one_in(std::size_t n, const std::vector<std::int64_t>& users) {
  std::vector<std::int64_t> some;
  for (std::size_t i = 0; i < users.size(); i += n) some.push_back(users[i]);
  return some;
}

}  // namespace

TEST_CASE("every home feed of a real graph equals the feed computed from its history") {
  support::FreshDatabase database;
  RealGraph graph(database);
  const support::Settings key{{"server.secret_key", "one key for both, as operators set it"}};
  support::ServerProcess first(database, key), second(database, key);
  const HttpClient clients[] = {first.client(), second.client()};
  std::size_t turn = 0;
  const auto http = [&]() -> const HttpClient& { return clients[++turn % 2]; };
  const auto people = one_in(rounds<std::size_t>(3, 1), graph.users());
  const auto fan = graph.add_user(http(), "everybodys_fan");
  for (const auto user : people) graph.follow(http(), fan, user);
  for (const auto user : people) graph.post(http(), user);
  // Some unfollow, some posts are deleted, some write again.
  for (const auto user : people) {
    const auto followee = graph.random_followee(user);
    if (graph.chance(4) && followee != 0) graph.unfollow(http(), user, followee);
    if (graph.chance(3)) graph.post(http(), user);
    if (graph.chance(5)) graph.remove_post(http(), graph.random_post());
  }
  // Each has shown what was done through it, and waits for what the other has shown.
  const auto target = "/v1/feed?user_id=" + std::to_string(fan);
  std::string tokens[2];
  for (const auto i : {0, 1}) tokens[i] = clients[i].get(target).header("x-feed-token");
  auto readers = one_in(rounds<std::size_t>(6, 1), graph.users());
  if (readers.back() != fan) readers.push_back(fan);
  for (const auto& client : clients) {
    for (const auto& token : tokens)
      CHECK(client.get(target + "&min_token=" + token).status == 200);
    std::size_t wrong = 0, read = 0;
    for (const auto user : readers) {
      const auto feed = fetch_all_pages(client, "/v1/feed?user_id=" + std::to_string(user), "posts",
                                        user == fan ? 100 : 37);
      wrong += feed != graph.expected_feed(user);
      read += feed.size();
    }
    CHECK(wrong == 0);
    CHECK(read > rounds<std::size_t>(300, 1000));
  }
  CHECK(graph.expected_feed(fan).size() == graph.posts().size());
}
