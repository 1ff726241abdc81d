#pragma once
// Two `serve` processes over one database and one Redis, with some posts.
#include <memory>
#include <vector>

#include "support/fresh_database.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

namespace feedctl::test {

class HotFeedCluster {
 public:
  // `failpoint`: FEEDCTL_FAILPOINT of both servers, "" for none.
  explicit HotFeedCluster(support::Settings settings, const std::string& failpoint = "");

  // Of both servers since they started.
  double recomputes() const { return recomputes(*server_a) + recomputes(*server_b); }
  static double recomputes(const support::ServerProcess& serve);
  // How many recomputes more than one a busy machine allows: a server computes for itself where
  // Redis does not answer in time, and again where the scores could not be added up in time.
  double extra_recomputes() const {
    return extra_recomputes(*server_a) + extra_recomputes(*server_b);
  }
  static double extra_recomputes(const support::ServerProcess& serve);
  support::ServerProcess& server(int i) { return i % 2 == 0 ? *server_a : *server_b; }

  support::FreshDatabase database;
  RedisServer redis;
  std::unique_ptr<support::ServerProcess> server_a, server_b;
  std::vector<std::int64_t> posts;  // of nobody, the oldest first
};

// A like by that user; the status of the answer.
int like(const support::HttpClient& http, std::int64_t post, std::int64_t user);
int unlike(const support::HttpClient& http, std::int64_t post, std::int64_t user);

}  // namespace feedctl::test
