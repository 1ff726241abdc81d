#include <atomic>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/redis_pool.hpp"
#include "metrics/metrics.hpp"
#include "redis_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::RankingRead::State;
using Clock = std::chrono::steady_clock;

namespace {

// Half a second by default: this machine may be busy.
std::unique_ptr<cache::Cache> cache_at(const std::string& url,
                                       std::chrono::milliseconds timeout = 500ms) {
  cache::RedisOptions options;
  options.url = url;
  options.timeout = timeout;
  return cache::make_redis_cache(options);
}

cache::RankingRead read(cache::Cache& cache, std::chrono::milliseconds window = 0ms) {
  return cache.read_ranking("r", "r:lock", window, 5s);
}

bool fill(cache::Cache& cache, const std::string& token, const std::string& body) {
  return cache.fill_ranking("r", "r:lock", token, body, 60s, false);
}

// Waits until the cache is in use again: its breaker lets one probe a second through.
bool usable_within(cache::Cache& cache, std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
    cache.put("probe", "x", 10s);
    if (cache.get("probe")) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

}  // namespace

TEST_CASE("while redis is not there reads miss at once and nothing throws") {
  const auto cache = cache_at("unix:///nonexistent/redis.sock");
  const auto begin = Clock::now();
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(cache->get("a"));
    cache->put("a", "x", 1s);
    cache->erase("a");
    CHECK(read(*cache).state == State::down);
    cache->mark_dirty("r", false);
    CHECK_FALSE(fill(*cache, "t", "x"));
    cache->release_ranking("r", "r:lock", "t");
  }
  CHECK(Clock::now() - begin < 20s);
  CHECK_FALSE(cache->available());
  CHECK(cache->server_settings().empty());
}

TEST_CASE("a frozen redis costs little, and is used again when it thaws") {
  test::RedisServer server;
  const auto cache = cache_at(server.url(), 50ms);
  REQUIRE(usable_within(*cache, 60s));
  server.freeze();
  auto slowest = Clock::duration::zero();
  int slow = 0;
  for (int i = 0; i < 100; ++i) {
    const auto one = Clock::now();
    CHECK(read(*cache).state == State::down);
    const auto took = Clock::now() - one;
    slowest = std::max(slowest, took);
    slow += took >= 40ms;
  }
  server.thaw();
  CHECK(slowest >= 40ms);
  CHECK(slowest < 5s);  // connect, enter, ask: 50 ms each, and a busy machine
  CHECK(slow < 50);     // five errors open the breaker
  CHECK(usable_within(*cache, 60s));
}

TEST_CASE("many threads at a frozen redis are each held up for a bounded time") {
  test::RedisServer server;
  const auto cache = cache_at(server.url(), 50ms);
  REQUIRE(usable_within(*cache, 60s));
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
  server.thaw();
}

TEST_CASE("a redis that was killed is used again, without one failed request after its return") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  cache->put("a", "x", 60s);
  CHECK(cache->get("a"));
  server.kill();
  server.start();
  cache->put("a", "y", 60s);  // on a connection that is dead by now
  CHECK(cache->get("a") == "y");
}

TEST_CASE("after an outage the breaker lets a probe through and things work again") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  CHECK(cache->available());
  const auto errors = metrics::summary().at("feedctl_cache_errors_total");
  server.kill();
  for (int i = 0; i < 50; ++i) cache->get("a");
  CHECK_FALSE(cache->available());
  const auto failed = metrics::summary().at("feedctl_cache_errors_total") - errors;
  CHECK(failed >= 5);
  CHECK(failed <= 7);
  server.start();
  CHECK(usable_within(*cache, 60s));
}

TEST_CASE("readiness closes the breaker without waiting for its probe") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  server.kill();
  for (int i = 0; i < 50; ++i) cache->get("a");
  server.start();
  CHECK(cache->available());
  cache->put("a", "x", 60s);
  CHECK(cache->get("a"));
}

TEST_CASE("a mark that redis could not take reaches it before anything is read again") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "old"));
  REQUIRE(read(*cache).state == State::fresh);
  server.freeze();
  cache->mark_dirty("r", true);
  server.thaw();
  REQUIRE(usable_within(*cache, 60s));
  const auto after = read(*cache);
  CHECK(after.state == State::lease);
  CHECK(after.body.empty());
}

TEST_CASE("what redis could not be told is told before any of many threads reads again") {
  test::RedisServer redis;
  const auto cache = cache_at(redis.url());
  for (int round = 0; round < 3; ++round) {
    const auto token = cache->read_entry("thing", '1', 5s).token;
    REQUIRE(cache->fill_entry("thing", '1', token, "old", {60s, 60s}));
    redis.hide();
    std::vector<std::string> keys{"thing"};
    for (int i = 0; i < 300; ++i) keys.push_back("other:" + std::to_string(i));
    cache->invalidate(keys);
    redis.show();
    std::this_thread::sleep_for(1100ms);  // the breaker lets one through
    std::atomic<int> stale{0}, missed{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 8; ++i) {
      readers.emplace_back([&] {
        for (int n = 0; n < 200; ++n) {
          const auto read = cache->read_entry("thing", '1', 0ms);
          ++(read.state == cache::EntryRead::State::fresh ? stale : missed);
        }
      });
    }
    for (auto& reader : readers) reader.join();
    CHECK(stale == 0);
    CHECK(missed == 1600);
    cache->invalidate(std::vector<std::string>{"thing"});
  }
}

TEST_CASE("a ranking from a time that redis has not come to yet is made anew") {
  test::RedisServer redis;
  const auto cache = cache_at(redis.url());
  cache->mark_dirty("r", false);
  REQUIRE(fill(*cache, read(*cache).token, "body"));
  CHECK(read(*cache, 10s).state == State::fresh);
  redis.cli("HSET r at 9999999999999999");  // its clock was put back
  CHECK(read(*cache, 10s).state != State::fresh);
}

TEST_CASE("a redis that went back to an older state is not believed") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "one"));
  server.cli("SAVE");
  cache->mark_dirty("r", false);
  REQUIRE(fill(*cache, read(*cache).token, "two"));
  server.kill();
  server.start();  // from the dump, with "one" and its mark
  REQUIRE(server.cli("HGET r body") == "one");
  CHECK(read(*cache).state == State::lease);
}

TEST_CASE("scripts that redis has forgotten are sent again") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  const auto leased = read(*cache);
  server.cli("SCRIPT FLUSH");
  CHECK(fill(*cache, leased.token, "one"));
  CHECK(read(*cache).body == "one");
}

TEST_CASE("a mark that redis has evicted makes the ranking old, not current") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  REQUIRE(fill(*cache, read(*cache).token, "one"));
  cache->mark_dirty("r", false);
  server.cli("DEL r:dirty");
  CHECK(read(*cache).state == State::lease);
}

TEST_CASE("a redis that refuses to store is asked on, and reads as it should") {
  test::RedisServer server({"--maxmemory-policy", "noeviction"});
  const auto cache = cache_at(server.url());
  cache->put("a", "x", 60s);
  server.cli("CONFIG SET maxmemory 1");
  for (int i = 0; i < 20; ++i) cache->put("b", "x", 60s);
  CHECK(cache->get("a") == "x");
  CHECK_FALSE(cache->get("b"));
}

TEST_CASE("a mark that redis refused is set before anything is read again") {
  for (const bool drop : {false, true}) {
    test::RedisServer server({"--maxmemory-policy", "noeviction"});
    const auto cache = cache_at(server.url());
    REQUIRE(fill(*cache, read(*cache).token, "old"));
    REQUIRE(read(*cache).state == State::fresh);
    server.cli("CONFIG SET maxmemory 1");
    cache->mark_dirty("r", drop);
    CHECK(read(*cache).state == State::down);  // what cannot be marked cannot be trusted
    server.cli("CONFIG SET maxmemory 0");
    const auto after = read(*cache);
    CHECK(after.state == State::lease);
    CHECK(after.body == (drop ? "" : "old"));
  }
}

TEST_CASE("a connection that something unforeseen was thrown over is not used again") {
  test::RedisServer server;
  cache::RedisOptions options;
  options.url = server.url();
  options.timeout = 5s;
  options.pool_size = 1;
  cache::RedisPool pool(options, {});
  const auto id = [&] {
    long long number = 0;
    pool.run([&](cache::RedisConnection& redis) {
      number = redis.command({"CLIENT", "ID"}).integer;
    });
    return number;
  };
  const auto first = id();
  REQUIRE(first > 0);
  CHECK(id() == first);
  CHECK_THROWS_AS(pool.run([](cache::RedisConnection&) { throw std::bad_alloc(); }),
                  std::bad_alloc);
  const auto second = id();
  CHECK(second > first);
  // A refusal is an answer like any other.
  CHECK_FALSE(pool.run([](cache::RedisConnection& redis) { redis.command({"NONSENSE"}); }));
  CHECK(id() == second);
}

TEST_CASE("tcp, password, user and database are taken from the url") {
  test::RedisServer server({"--requirepass", "s3 cret"});
  const auto tcp = "127.0.0.1:" + std::to_string(server.port());
  const auto in_one = cache_at("redis://:s3%20cret@" + tcp + "/1");
  const auto in_one_by_user = cache_at("redis://default:s3%20cret@" + tcp + "/1");
  const auto in_two = cache_at(server.url() + "?db=2&password=s3%20cret");
  const auto stranger = cache_at("redis://:wrong@" + tcp);
  in_one->put("a", "x", 60s);
  CHECK(in_one->get("a"));
  CHECK(in_one_by_user->get("a"));
  CHECK_FALSE(in_two->get("a"));
  CHECK(in_two->available());
  CHECK_FALSE(stranger->available());
}

TEST_CASE("the settings that doctor looks at are read from the server") {
  test::RedisServer server({"--maxmemory-policy", "allkeys-lru", "--appendfsync", "always"});
  const auto settings = cache_at(server.url())->server_settings();
  CHECK(settings.at("maxmemory-policy") == "allkeys-lru");
  CHECK(settings.at("appendonly") == "no");
  CHECK(settings.at("appendfsync") == "always");
  CHECK(settings.at("redis_version").find('.') != std::string::npos);
  CHECK(settings.at("run_id").size() == 40);
  CHECK(cache::make_memory_cache()->server_settings().empty());
}

TEST_CASE("the keys are those that the documents name") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  const auto leased =
      cache->read_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", 1s, 5s);
  CHECK(server.cli("EXISTS hotfeed:lock:feed:hot:1000") == "1");
  cache->fill_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", leased.token, "body",
                      60s, false);
  CHECK(server.cli("HGET hotfeed:feed:hot:1000 body") == "body");
  CHECK(server.cli("EXISTS hotfeed:lock:feed:hot:1000") == "0");
  const auto ttl = std::stoi(server.cli("TTL hotfeed:feed:hot:1000"));
  CHECK(ttl > 50);
  CHECK(ttl <= 60);
}
