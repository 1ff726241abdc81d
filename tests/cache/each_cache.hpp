#pragma once
// Runs one test body over both caches, which give the same guarantees.
#include <functional>
#include <memory>

#include "cache/cache.hpp"
#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"

namespace feedctl::test {

inline void for_each_cache(const std::function<void(cache::Cache&)>& body) {
  SECTION("in memory") {
    body(*cache::make_memory_cache());
  }
  SECTION("in redis") {
    static RedisServer server;
    server.cli("FLUSHALL");
    redis::PoolOptions options;
    options.url = server.url();
    options.timeout = std::chrono::seconds{10};  // this machine may be busy
    body(*cache::make_redis_cache(options));
  }
}

}  // namespace feedctl::test
