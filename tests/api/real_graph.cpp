#include "api/real_graph.hpp"

#include <fstream>

#include "support/graph_file.hpp"

namespace feedctl::api {

namespace {

std::string user_path(std::int64_t user) {
  return "/v1/users/" + std::to_string(user);
}

std::string acting(std::int64_t user) {
  return R"({"user_id":)" + std::to_string(user) + "}";
}

}  // namespace

RealGraph::RealGraph(const support::FreshDatabase& database) {
  const support::TempFolder folder;
  const auto file = support::graph_file(folder);
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(),
                     "FEEDCTL_DATABASE_OWNER_URL=" + database.owner_url().reveal()};
  const auto seeded = support::run_feedctl({"seed", "--graph", file, "-o", "json"}, run);
  INFO(seeded.err);
  REQUIRE(seeded.exit_code == 0);
  std::set<std::pair<int, int>> edges;
  std::set<int> nodes;
  std::ifstream in(file);
  for (int a = 0, b = 0; in >> a >> b;) {
    nodes.insert({a, b});
    if (a != b) edges.insert({a, b}), edges.insert({b, a});
  }
  const auto counts = json::parse(seeded.out);
  CHECK(number(counts, "users") == static_cast<std::int64_t>(nodes.size()));
  CHECK(number(counts, "follows") == static_cast<std::int64_t>(edges.size()));
  edges_.assign(edges.begin(), edges.end());
  for (const int node : nodes) edges_.emplace_back(node, node);
}

void RealGraph::meet(const HttpClient& http) {
  std::map<int, std::int64_t> ids;
  for (const auto& [node, other] : edges_) {
    if (node != other) continue;
    ids[node] = number(parsed(http.get("/v1/users?handle=u" + std::to_string(node))), "id");
    follows_[ids[node]];
  }
  for (const auto& [a, b] : edges_) {
    if (a != b) follows_[ids[a]].insert(ids[b]);
  }
}

std::int64_t RealGraph::join(const HttpClient& http, const std::string& handle) {
  const auto user = create_user(http, handle);
  follows_[user];
  return user;
}

void RealGraph::follow(const HttpClient& http, std::int64_t who, std::int64_t whom) {
  REQUIRE(http.post(user_path(whom) + "/follow", acting(who)).status == 200);
  follows_[who].insert(whom);
}

void RealGraph::unfollow(const HttpClient& http, std::int64_t who, std::int64_t whom) {
  REQUIRE(http.post(user_path(whom) + "/unfollow", acting(who)).status == 200);
  follows_[who].erase(whom);
}

void RealGraph::post(const HttpClient& http, std::int64_t author) {
  living_[create_post(http, author, "hello")] = author;
}

void RealGraph::remove_post(const HttpClient& http, std::int64_t post) {
  REQUIRE(http.del("/v1/posts/" + std::to_string(post),
                   {{"X-User-Id", std::to_string(living_.at(post))}})
              .status == 204);
  living_.erase(post);
}

void RealGraph::leave(const HttpClient& http, std::int64_t user) {
  REQUIRE(http.del(user_path(user)).status / 100 == 2);
  follows_.erase(user);
  for (auto& entry : follows_) entry.second.erase(user);
  for (auto it = living_.begin(); it != living_.end();) {
    it = it->second == user ? living_.erase(it) : std::next(it);
  }
}

std::int64_t RealGraph::someone() {
  return std::next(follows_.begin(), static_cast<long>(random_() % follows_.size()))->first;
}

std::int64_t RealGraph::followee_of(std::int64_t user) {
  const auto& followees = follows_.at(user);
  if (followees.empty()) return 0;
  return *std::next(followees.begin(), static_cast<long>(random_() % followees.size()));
}

std::int64_t RealGraph::some_post() {
  return std::next(living_.begin(), static_cast<long>(random_() % living_.size()))->first;
}

std::vector<std::int64_t> RealGraph::people() const {
  std::vector<std::int64_t> out;
  for (const auto& entry : follows_) out.push_back(entry.first);
  return out;
}

std::vector<std::int64_t> RealGraph::feed(std::int64_t user) const {
  const auto& followees = follows_.at(user);
  std::vector<std::int64_t> posts;
  for (auto it = living_.rbegin(); it != living_.rend(); ++it) {
    if (it->second == user || followees.count(it->second) > 0) posts.push_back(it->first);
  }
  return posts;
}

}  // namespace feedctl::api
