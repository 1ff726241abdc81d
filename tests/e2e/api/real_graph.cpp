#include "e2e/api/real_graph.hpp"

#include <fstream>
#include <sstream>

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
  CHECK(integer_member(counts, "users") == static_cast<std::int64_t>(nodes.size()));
  CHECK(integer_member(counts, "follows") == static_cast<std::int64_t>(edges.size()));
  edges_.assign(edges.begin(), edges.end());
  for (const int node : nodes) edges_.emplace_back(node, node);
  load_user_ids(database);
}

void RealGraph::load_user_ids(const support::FreshDatabase& database) {
  std::map<int, std::int64_t> ids;
  std::istringstream users(
      database.execute("SELECT string_agg(substr(handle, 2) || ' ' || id, ' ') FROM users WHERE "
                       "handle ~ '^u[0-9]+$'"));
  std::int64_t id = 0;
  for (int node = 0; users >> node >> id;) ids[node] = id;
  for (const auto& [node, other] : edges_) {
    if (node == other) follows_[ids.at(node)];
  }
  for (const auto& [a, b] : edges_) {
    if (a != b) follows_[ids.at(a)].insert(ids.at(b));
  }
}

std::int64_t RealGraph::add_user(const HttpClient& http, const std::string& handle) {
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
  posts_[create_post(http, author, "hello")] = author;
}

void RealGraph::remove_post(const HttpClient& http, std::int64_t post) {
  REQUIRE(http.del("/v1/posts/" + std::to_string(post),
                   {{"X-User-Id", std::to_string(posts_.at(post))}})
              .status == 204);
  posts_.erase(post);
}

void RealGraph::delete_user(const HttpClient& http, std::int64_t user) {
  REQUIRE(http.del(user_path(user)).status / 100 == 2);
  follows_.erase(user);
  for (auto& entry : follows_) entry.second.erase(user);
  for (auto it = posts_.begin(); it != posts_.end();) {
    it = it->second == user ? posts_.erase(it) : std::next(it);
  }
}

std::int64_t RealGraph::random_user() {
  return std::next(follows_.begin(), static_cast<long>(random_() % follows_.size()))->first;
}

std::int64_t RealGraph::random_followee(std::int64_t user) {
  const auto& followees = follows_.at(user);
  if (followees.empty()) return 0;
  return *std::next(followees.begin(), static_cast<long>(random_() % followees.size()));
}

std::int64_t RealGraph::random_post() {
  return std::next(posts_.begin(), static_cast<long>(random_() % posts_.size()))->first;
}

std::vector<std::int64_t> RealGraph::users() const {
  std::vector<std::int64_t> out;
  for (const auto& entry : follows_) out.push_back(entry.first);
  return out;
}

std::vector<std::int64_t> RealGraph::expected_feed(std::int64_t user) const {
  const auto& followees = follows_.at(user);
  std::vector<std::int64_t> posts;
  for (auto it = posts_.rbegin(); it != posts_.rend(); ++it) {
    if (it->second == user || followees.count(it->second) > 0) posts.push_back(it->first);
  }
  return posts;
}

}  // namespace feedctl::api
