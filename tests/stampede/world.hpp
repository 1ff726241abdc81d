#pragma once
// Two `serve` processes over one database and one Redis, with some posts.
#include <memory>
#include <vector>

#include "cache/redis_server.hpp"
#include "support/fresh_database.hpp"
#include "support/serve.hpp"

namespace feedctl::test {

class Site {
 public:
  // `failpoint`: FEEDCTL_FAILPOINT of both servers, "" for none.
  explicit Site(support::Settings settings, const std::string& failpoint = "");

  // Of both servers since they started.
  double recomputes() const { return recomputes(*one) + recomputes(*two); }
  static double recomputes(const support::Serve& serve);
  // Operations that Redis did not answer in time, by both.
  double cache_errors() const { return cache_errors_of(*one) + cache_errors_of(*two); }
  static double cache_errors_of(const support::Serve& serve);
  support::Serve& server(int i) { return i % 2 == 0 ? *one : *two; }

  support::FreshDatabase database;
  RedisServer redis;
  std::unique_ptr<support::Serve> one, two;
  std::vector<std::int64_t> posts;  // of nobody, the oldest first
};

// A like by that user; the status of the answer.
int like(const support::HttpClient& http, std::int64_t post, std::int64_t user);
int unlike(const support::HttpClient& http, std::int64_t post, std::int64_t user);

// So many writes where FEEDCTL_LONG asks for the whole, else a few.
int writes(int whole, int few);

}  // namespace feedctl::test
