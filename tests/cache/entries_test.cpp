#include <thread>

#include "cache/lru_cache.hpp"
#include "cache/memory_cache.hpp"
#include "each_cache.hpp"
#include "support/stopwatch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

TEST_CASE("an entry is found until it expires or is erased") {
  test::for_each_cache([](cache::Cache& cache) {
    CHECK_FALSE(cache.get("a"));
    cache.put("a", "one", 10s);
    const support::Stopwatch kept;
    cache.put("b", "two", 50ms);
    CHECK(cache.get("a") == "one");
    const auto short_lived = cache.get("b");
    if (kept.is_within(50ms)) CHECK(short_lived == "two");
    cache.put("a", "three", 10s);
    CHECK(cache.get("a") == "three");
    std::this_thread::sleep_for(60ms);
    CHECK_FALSE(cache.get("b"));
    cache.erase("a");
    CHECK_FALSE(cache.get("a"));
  });
}

TEST_CASE("a value may hold any bytes, and an empty value is not a miss") {
  test::for_each_cache([](cache::Cache& cache) {
    const std::string bytes("\0\r\n\xff$5\r\n", 9);
    cache.put(bytes, bytes, 10s);
    CHECK(cache.get(bytes) == bytes);
    cache.put("empty", "", 10s);
    CHECK(cache.get("empty") == "");
  });
}

TEST_CASE("a value over a mebibyte is not stored and removes the previous value") {
  test::for_each_cache([](cache::Cache& cache) {
    cache.put("a", std::string(cache::max_value_bytes, 'x'), 10s);
    CHECK(cache.get("a")->size() == cache::max_value_bytes);
    cache.put("a", std::string(cache::max_value_bytes + 1, 'x'), 10s);
    CHECK_FALSE(cache.get("a"));
  });
}

TEST_CASE("an entry without time to live is not stored") {
  test::for_each_cache([](cache::Cache& cache) {
    cache.put("a", "x", 10s);
    cache.put("a", "y", 0ms);
    CHECK_FALSE(cache.get("a"));
  });
}

TEST_CASE("the memory cache holds a limited number of entries and evicts the least recently used") {
  cache::MemoryOptions options;
  options.max_entries = 3;
  cache::LruCache entries(options);
  const auto now = cache::LruCache::Clock::now();
  for (const auto* key : {"a", "b", "c"}) entries.put(key, "x", now + 10s);
  CHECK(entries.get("a", now));
  entries.put("d", "x", now + 10s);
  CHECK(entries.get("a", now));
  CHECK_FALSE(entries.get("b", now));
  CHECK(entries.get("c", now));
  CHECK(entries.get("d", now));
  CHECK(entries.size() == 3);
}

TEST_CASE("the memory cache holds a limited number of bytes") {
  cache::MemoryOptions options;
  options.max_bytes = 10000;
  cache::LruCache entries(options);
  const auto now = cache::LruCache::Clock::now();
  for (int i = 0; i < 100; ++i) {
    entries.put("key " + std::to_string(i), std::string(1000, 'x'), now + 10s);
  }
  CHECK(entries.size() == 8);
  CHECK(entries.get("key 99", now));
  entries.put("too big for all", std::string(20000, 'x'), now + 10s);
  CHECK(entries.size() == 0);
  entries.put("key", "fits", now + 10s);
  CHECK(entries.get("key", now) == "fits");
}

TEST_CASE("an expired entry of the memory cache is removed and frees its space") {
  cache::LruCache entries(cache::MemoryOptions{});
  const auto now = cache::LruCache::Clock::now();
  entries.put("a", "x", now + 1s);
  CHECK(entries.get("a", now + 999ms));
  CHECK_FALSE(entries.get("a", now + 1s));
  CHECK(entries.size() == 0);
}
