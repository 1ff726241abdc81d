#include <atomic>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "metrics/metrics.hpp"
#include "redis/connection_pool.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::RankingLookup::State;
using Clock = std::chrono::steady_clock;

namespace {

// Half a second by default: this machine may be busy.
std::unique_ptr<cache::Cache> connect_cache(const std::string& url,
                                            std::chrono::milliseconds timeout = 500ms) {
  redis::PoolOptions options;
  options.url = url;
  options.timeout = timeout;
  return cache::make_redis_cache(options);
}

cache::RankingLookup read(cache::Cache& cache, std::chrono::milliseconds window = 0ms) {
  return cache.read_ranking("r", "r:lock", window, 5s);
}

bool fill(cache::Cache& cache, const std::string& token, const std::string& body) {
  return cache.store_ranking("r", "r:lock", token, body, 60s, false);
}

// Waits until the cache is used again: the circuit breaker lets one probe a second through.
bool wait_until_usable(cache::Cache& cache, std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    cache.put("probe", "x", 10s);
    if (cache.get("probe")) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

}  // namespace

TEST_CASE("while Redis is down reads miss immediately and nothing throws") {
  const auto cache = connect_cache("unix:///nonexistent/redis.sock");
  const auto begin = Clock::now();
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(cache->get("a"));
    cache->put("a", "x", 1s);
    cache->erase("a");
    CHECK(read(*cache).state == State::unavailable);
    cache->mark_dirty("r", false);
    CHECK_FALSE(fill(*cache, "t", "x"));
    cache->release_ranking_lease("r", "r:lock", "t");
  }
  CHECK(Clock::now() - begin < 20s);
  CHECK_FALSE(cache->is_available());
  CHECK(cache->server_settings().empty());
}

TEST_CASE("a frozen Redis delays callers little, and is used again once it resumes") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url(), 50ms);
  REQUIRE(wait_until_usable(*cache, 60s));
  server.freeze();
  auto slowest = Clock::duration::zero();
  int slow = 0;
  for (int i = 0; i < 100; ++i) {
    const auto one = Clock::now();
    CHECK(read(*cache).state == State::unavailable);
    const auto took = Clock::now() - one;
    slowest = std::max(slowest, took);
    slow += took >= 40ms;
  }
  server.resume();
  CHECK(slowest >= 40ms);
  CHECK(slowest < 5s);  // connect, log in and command take 50 ms each; more on a busy machine
  CHECK(slow < 50);     // five errors open the circuit breaker
  CHECK(wait_until_usable(*cache, 60s));
}

TEST_CASE("many threads at a frozen redis are each held up for a bounded time") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url(), 50ms);
  REQUIRE(wait_until_usable(*cache, 60s));
  server.freeze();
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < 24; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) cache->get("a");
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(Clock::now() - begin < 20s);
  server.resume();
}

TEST_CASE("a killed Redis is used again once it is back, without a failed request") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  cache->put("a", "x", 60s);
  CHECK(cache->get("a"));
  server.kill();
  server.start();
  cache->put("a", "y", 60s);  // on a connection that is broken by now
  CHECK(cache->get("a") == "y");
}

TEST_CASE("after an outage the circuit breaker lets a probe through and closes") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  CHECK(cache->is_available());
  const auto errors = metrics::summary().at("feedctl_cache_errors_total");
  server.kill();
  for (int i = 0; i < 50; ++i) cache->get("a");
  CHECK_FALSE(cache->is_available());
  const auto failed = metrics::summary().at("feedctl_cache_errors_total") - errors;
  CHECK(failed >= 5);
  CHECK(failed <= 7);
  server.start();
  CHECK(wait_until_usable(*cache, 60s));
}

TEST_CASE("readiness closes the breaker without waiting for its probe") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  server.kill();
  for (int i = 0; i < 50; ++i) cache->get("a");
  server.start();
  CHECK(cache->is_available());
  cache->put("a", "x", 60s);
  CHECK(cache->get("a"));
}

TEST_CASE("a dirty mark that Redis missed is sent before anything is read again") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "old"));
  REQUIRE(read(*cache).state == State::fresh);
  server.freeze();
  cache->mark_dirty("r", true);
  server.resume();
  REQUIRE(wait_until_usable(*cache, 60s));
  const auto after = read(*cache);
  CHECK(after.state == State::compute);
  CHECK(after.body.empty());
}

TEST_CASE("invalidations that Redis missed are sent before any of many threads reads again") {
  test::RedisServer redis;
  const auto cache = connect_cache(redis.url());
  for (int round = 0; round < 3; ++round) {
    const auto token = cache->read_entry("thing", '1', 5s).token;
    REQUIRE(cache->store_entry("thing", '1', token, "old", {60s, 60s}));
    redis.make_unreachable();
    std::vector<std::string> keys{"thing"};
    for (int i = 0; i < 300; ++i) keys.push_back("other:" + std::to_string(i));
    cache->invalidate(keys);
    redis.make_reachable();
    std::this_thread::sleep_for(1100ms);  // the circuit breaker lets one probe through
    std::atomic<int> stale{0}, missed{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i) {
      readers.emplace_back([&] {
        for (int n = 0; n < 200; ++n) {
          const auto read = cache->read_entry("thing", '1', 0ms);
          ++(read.state == cache::EntryLookup::State::fresh ? stale : missed);
        }
      });
    }
    for (auto& reader : readers) reader.join();
    CHECK(stale == 0);
    CHECK(missed == 1600);
    cache->invalidate(std::vector<std::string>{"thing"});
  }
}

TEST_CASE("a ranking dated later than the clock of Redis is recomputed") {
  test::RedisServer redis;
  const auto cache = connect_cache(redis.url());
  cache->mark_dirty("r", false);
  REQUIRE(fill(*cache, read(*cache).token, "body"));
  CHECK(read(*cache, 10s).state == State::fresh);
  redis.cli("HSET r at 9999999999999999");  // as if the server's clock was set back
  CHECK(read(*cache, 10s).state != State::fresh);
}

TEST_CASE("a Redis restored to an older state is not trusted") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "one"));
  server.cli("SAVE");
  cache->mark_dirty("r", false);
  REQUIRE(fill(*cache, read(*cache).token, "two"));
  server.kill();
  server.start();  // from a dump that holds "one" and its mark
  REQUIRE(server.cli("HGET r body") == "one");
  CHECK(read(*cache).state == State::compute);
}

TEST_CASE("scripts missing from Redis are loaded again") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  const auto leased = read(*cache);
  server.cli("SCRIPT FLUSH");
  CHECK(fill(*cache, leased.token, "one"));
  CHECK(read(*cache).body == "one");
}

TEST_CASE("a dirty mark evicted by Redis makes the ranking stale, not fresh") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "one"));
  cache->mark_dirty("r", false);
  server.cli("DEL r:dirty");
  CHECK(read(*cache).state == State::compute);
}

TEST_CASE("a Redis that refuses to store is still read from") {
  test::RedisServer server({"--maxmemory-policy", "noeviction"});
  const auto cache = connect_cache(server.url());
  cache->put("a", "x", 60s);
  server.cli("CONFIG SET maxmemory 1");
  for (int i = 0; i < 20; ++i) cache->put("b", "x", 60s);
  CHECK(cache->get("a") == "x");
  CHECK_FALSE(cache->get("b"));
}

TEST_CASE("a mark that redis refused is set before anything is read again") {
  for (const bool drop : {false, true}) {
    test::RedisServer server({"--maxmemory-policy", "noeviction"});
    const auto cache = connect_cache(server.url());
    REQUIRE(fill(*cache, read(*cache).token, "old"));
    REQUIRE(read(*cache).state == State::fresh);
    server.cli("CONFIG SET maxmemory 1");
    cache->mark_dirty("r", drop);
    CHECK(read(*cache).state == State::unavailable);  // without the mark the body may be outdated
    server.cli("CONFIG SET maxmemory 0");
    const auto after = read(*cache);
    CHECK(after.state == State::compute);
    CHECK(after.body == (drop ? "" : "old"));
  }
}

TEST_CASE("a connection on which an unexpected exception was thrown is not reused") {
  test::RedisServer server;
  redis::PoolOptions options;
  options.url = server.url();
  options.timeout = 5s;
  options.pool_size = 1;
  redis::ConnectionPool pool(options, {});
  const auto id = [&] {
    long long number = 0;
    pool.run([&](redis::Connection& redis) { number = redis.command({"CLIENT", "ID"}).integer; });
    return number;
  };
  const auto first = id();
  REQUIRE(first > 0);
  CHECK(id() == first);
  CHECK_THROWS_AS(pool.run([](redis::Connection&) { throw std::bad_alloc(); }), std::bad_alloc);
  const auto second = id();
  CHECK(second > first);
  // A refused command is a complete reply, so the connection stays.
  CHECK_FALSE(pool.run([](redis::Connection& redis) { redis.command({"NONSENSE"}); }));
  CHECK(id() == second);
}

TEST_CASE("TCP address, password, user and database are taken from the URL") {
  test::RedisServer server({"--requirepass", "s3 cret"});
  const auto tcp = "127.0.0.1:" + std::to_string(server.port());
  const auto in_one = connect_cache("redis://:s3%20cret@" + tcp + "/1");
  const auto in_one_by_user = connect_cache("redis://default:s3%20cret@" + tcp + "/1");
  const auto in_two = connect_cache(server.url() + "?db=2&password=s3%20cret");
  const auto stranger = connect_cache("redis://:wrong@" + tcp);
  in_one->put("a", "x", 60s);
  CHECK(in_one->get("a"));
  CHECK(in_one_by_user->get("a"));
  CHECK_FALSE(in_two->get("a"));
  CHECK(in_two->is_available());
  CHECK_FALSE(stranger->is_available());
}

TEST_CASE("the Redis settings that doctor checks are read from the server") {
  test::RedisServer server({"--maxmemory-policy", "allkeys-lru", "--appendfsync", "always"});
  const auto settings = connect_cache(server.url())->server_settings();
  CHECK(settings.at("maxmemory-policy") == "allkeys-lru");
  CHECK(settings.at("appendonly") == "no");
  CHECK(settings.at("appendfsync") == "always");
  CHECK(settings.at("redis_version").find('.') != std::string::npos);
  CHECK(settings.at("run_id").size() == 40);
  CHECK(cache::make_memory_cache()->server_settings().empty());
}

TEST_CASE("the keys in Redis are the documented ones") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  const auto leased =
      cache->read_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", 1s, 5s);
  CHECK(server.cli("EXISTS hotfeed:lock:feed:hot:1000") == "1");
  cache->store_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", leased.token, "body",
                       60s, false);
  CHECK(server.cli("HGET hotfeed:feed:hot:1000 body") == "body");
  CHECK(server.cli("EXISTS hotfeed:lock:feed:hot:1000") == "0");
  const auto ttl = std::stoi(server.cli("TTL hotfeed:feed:hot:1000"));
  CHECK(ttl > 50);
  CHECK(ttl <= 60);
}
