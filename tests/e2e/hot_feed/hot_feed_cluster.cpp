#include "hot_feed_cluster.hpp"

#include <cstdlib>
#include <sstream>

namespace feedctl::test {
namespace {

constexpr const char* four_posts = R"(
  WITH made AS (INSERT INTO posts (shard, text) SELECT 0, 'post ' || n FROM generate_series(1, 4) n
                RETURNING id),
       counted AS (INSERT INTO post_likes (post_id) SELECT id FROM made)
  SELECT string_agg(id::text, ' ' ORDER BY id) FROM made)";

double metric(const support::ServerProcess& serve, const std::string& name) {
  std::istringstream lines(serve.client().get("/metrics").body);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, name.size(), name) == 0) return std::stod(line.substr(name.size()));
  }
  return 0;
}

}  // namespace

HotFeedCluster::HotFeedCluster(support::Settings settings, const std::string& failpoint) {
  std::istringstream ids(database.execute(four_posts));
  for (std::int64_t id = 0; ids >> id;) posts.push_back(id);
  settings.emplace("redis.url", redis.url());
  if (!failpoint.empty()) ::setenv("FEEDCTL_FAILPOINT", failpoint.c_str(), 1);
  server_a = std::make_unique<support::ServerProcess>(database, settings);
  server_b = std::make_unique<support::ServerProcess>(database, settings);
  ::unsetenv("FEEDCTL_FAILPOINT");
}

double HotFeedCluster::recomputes(const support::ServerProcess& serve) {
  return metric(serve, "feedctl_hot_recomputes_total ");
}

double HotFeedCluster::extra_recomputes(const support::ServerProcess& serve) {
  return metric(serve, "feedctl_cache_errors_total ") +
         metric(serve, "feedctl_hot_rankings_behind_total ");
}

int like(const support::HttpClient& http, std::int64_t post, std::int64_t user) {
  return http
      .post("/v1/feed/posts/" + std::to_string(post) + "/likes/",
            "{\"user_id\":" + std::to_string(user) + "}")
      .status;
}

int unlike(const support::HttpClient& http, std::int64_t post, std::int64_t user) {
  return http.del("/v1/feed/posts/" + std::to_string(post) + "/likes/" + std::to_string(user) + "/")
      .status;
}

}  // namespace feedctl::test
