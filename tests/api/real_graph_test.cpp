// The friendships of 962 people, imported; one more who follows them all; everybody posts over
// HTTP, some unfollow, some delete. Every whole home feed, read page by page, is compared with the
// one computed from the file and the history.
#include "api/real_graph.hpp"

using namespace feedctl;
using namespace feedctl::api;

TEST_CASE("every home feed of a real graph is the one that follows from its history") {
  support::FreshDatabase database;
  RealGraph graph(database);
  const support::Settings key{{"server.secret_key", "one key for both, as operators set it"}};
  support::Serve first(database, key), second(database, key);
  const HttpClient clients[] = {first.client(), second.client()};
  std::size_t turn = 0;
  const auto http = [&]() -> const HttpClient& { return clients[++turn % 2]; };
  graph.meet(http());
  const auto people = graph.people();
  const auto fan = graph.join(http(), "everybodys_fan");
  for (const auto user : people) graph.follow(http(), fan, user);
  for (const auto user : people) graph.post(http(), user);
  // Some unfollow, some posts are deleted, some write again.
  for (const auto user : people) {
    const auto followee = graph.followee_of(user);
    if (graph.chance(4) && followee != 0) graph.unfollow(http(), user, followee);
    if (graph.chance(3)) graph.post(http(), user);
    if (graph.chance(5)) graph.remove_post(http(), graph.some_post());
  }
  // Each has shown what was done through it, and waits for what the other has shown.
  const auto target = "/v1/feed?user_id=" + std::to_string(fan);
  std::string tokens[2];
  for (const auto i : {0, 1}) tokens[i] = clients[i].get(target).header("x-feed-token");
  for (const auto& client : clients) {
    for (const auto& token : tokens)
      CHECK(client.get(target + "&min_token=" + token).status == 200);
    std::size_t wrong = 0, read = 0;
    for (const auto user : graph.people()) {
      const auto feed = whole_list(client, "/v1/feed?user_id=" + std::to_string(user), "posts",
                                   user == fan ? 100 : 37);
      wrong += feed != graph.feed(user);
      read += feed.size();
    }
    CHECK(wrong == 0);
    CHECK(read > 1000);
  }
  CHECK(graph.feed(fan).size() == graph.posts().size());
}
