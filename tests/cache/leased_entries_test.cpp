// Leased entries, in a real Redis.
#include <thread>

#include "cache/cache.hpp"
#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "support/catch.hpp"
#include "support/redis_server.hpp"
#include "support/stopwatch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::EntryLookup::State;

namespace {

constexpr auto entry_key = "post:42";
constexpr cache::EntryTtls one_minute_ttl{60s, 60s};

struct LeasedEntryFixture {
  test::RedisServer server;
  std::unique_ptr<cache::Cache> cache = connect();

  std::unique_ptr<cache::Cache> connect() const {
    redis::PoolOptions options;
    options.url = server.url();
    options.timeout = 500ms;
    return cache::make_redis_cache(options);
  }
  cache::EntryLookup read(std::chrono::milliseconds lease = 10s, char version = '1') {
    return cache->read_entry(entry_key, version, lease);
  }
  bool fill(const std::string& token, const std::string& body,
            cache::EntryTtls times = one_minute_ttl) {
    return cache->store_entry(entry_key, '1', token, body, times);
  }
  void release(const std::string& token) {
    CHECK_FALSE(fill(token, std::string(cache::max_value_bytes + 1, 'x')));
  }
  void fill_new(const std::string& body, cache::EntryTtls times = one_minute_ttl) {
    const auto leased = read();
    REQUIRE(leased.state == State::compute);
    REQUIRE(fill(leased.token, body, times));
  }
  void invalidate() {
    const std::string keys[] = {entry_key};
    cache->invalidate(keys);
  }
};

}  // namespace

TEST_CASE("the first reader of a missing entry computes it, the others wait and then read it") {
  LeasedEntryFixture world;
  const auto first = world.read();
  CHECK(first.state == State::compute);
  CHECK_FALSE(first.body);
  CHECK(world.read().state == State::pending);
  CHECK_FALSE(world.fill("another token", "zero"));
  CHECK(world.fill(first.token, "one"));
  const auto after = world.read();
  CHECK(after.state == State::fresh);
  CHECK(after.body == "one");
  CHECK_FALSE(world.fill(first.token, "two"));
}

TEST_CASE("an entry may be empty and may hold any bytes") {
  LeasedEntryFixture world;
  for (const auto& body : {std::string(), std::string("\0\r\n\xff|", 5)}) {
    world.fill_new(body);
    CHECK(world.read().body == body);
    world.invalidate();
  }
}

TEST_CASE("what was read before an invalidation is not stored after it") {
  LeasedEntryFixture world;
  const auto slow = world.read();
  world.invalidate();
  CHECK_FALSE(world.fill(slow.token, "old"));
  const auto next = world.read();
  CHECK(next.state == State::compute);
  CHECK_FALSE(world.fill(slow.token, "old"));
  CHECK(world.fill(next.token, "new"));
  CHECK(world.read().body == "new");
}

TEST_CASE(
    "an invalidation removes entries immediately, many in one call, and ignores unknown keys") {
  LeasedEntryFixture world;
  std::vector<std::string> keys;
  for (int i = 0; i < 2500; ++i) keys.push_back("user:" + std::to_string(i) + ":posts");
  for (const auto& key : {keys.front(), keys.back()}) {
    const auto leased = world.cache->read_entry(key, '1', 1s);
    REQUIRE(world.cache->store_entry(key, '1', leased.token, "x", one_minute_ttl));
  }
  world.cache->invalidate(keys);
  CHECK_FALSE(world.cache->read_entry(keys.front(), '1', 0ms).body);
  CHECK_FALSE(world.cache->read_entry(keys.back(), '1', 0ms).body);
}

TEST_CASE("past its soft TTL an entry is served while one reader refreshes it") {
  LeasedEntryFixture world;
  const support::Stopwatch filled;
  world.fill_new("one", {100ms, 60s});
  const auto before = world.read();
  if (filled.is_within(80ms)) CHECK(before.state == State::fresh);
  if (before.state == State::compute) world.release(before.token);
  std::this_thread::sleep_for(120ms);
  const auto leased = world.read();
  CHECK(leased.state == State::compute);
  CHECK(leased.body == "one");
  const auto waiting = world.read();
  CHECK(waiting.state == State::pending);
  CHECK(waiting.body == "one");
  CHECK(world.fill(leased.token, "two"));
  CHECK(world.read().body == "two");
}

TEST_CASE("past its hard TTL an entry is gone, even where a lease still holds its key") {
  LeasedEntryFixture world;
  world.fill_new("one", {50ms, 100ms});
  std::this_thread::sleep_for(60ms);
  const auto leased = world.read();
  REQUIRE(leased.state == State::compute);
  std::this_thread::sleep_for(60ms);
  CHECK_FALSE(world.read().body);
  CHECK(world.fill(leased.token, "two"));
}

TEST_CASE("TTLs are jittered by up to fifteen percent") {
  LeasedEntryFixture world;
  long least = 1000000, most = 0;
  for (int i = 0; i < 100; ++i) {
    world.fill_new("x", {100s, 100s});
    const auto ttl = std::stol(world.server.cli(std::string("PTTL ") + entry_key));
    least = std::min(least, ttl);
    most = std::max(most, ttl);
    world.invalidate();
  }
  CHECK(least >= 84000);
  CHECK(least < 95000);
  CHECK(most > 105000);
  CHECK(most <= 115000);
}

TEST_CASE("an unused lease passes to the next reader, and a body that is too large ends it early") {
  LeasedEntryFixture world;
  const support::Stopwatch leased;
  const auto died = world.read(100ms);
  REQUIRE(died.state == State::compute);
  const auto meanwhile = world.read();
  if (leased.is_within(100ms)) CHECK(meanwhile.state == State::pending);
  if (meanwhile.state == State::compute) world.release(meanwhile.token);
  std::this_thread::sleep_for(110ms);
  const auto next = world.read();
  CHECK(next.state == State::compute);
  world.release(died.token);  // another reader holds it now
  CHECK(world.read().state == State::pending);
  world.release(next.token);
  CHECK(world.read().state == State::compute);
}

TEST_CASE("peeking takes no lease") {
  LeasedEntryFixture world;
  CHECK(world.read(0ms).state == State::pending);
  const auto leased = world.read();
  CHECK(leased.state == State::compute);
  CHECK(world.fill(leased.token, "one"));
  CHECK(world.read(0ms).body == "one");
}

TEST_CASE("an entry in another format reads as a miss and is replaced") {
  LeasedEntryFixture world;
  world.fill_new("one");
  const auto other = world.read(10s, '2');
  CHECK(other.state == State::compute);
  CHECK_FALSE(other.body);
  CHECK(world.cache->store_entry(entry_key, '2', other.token, "two", one_minute_ttl));
  CHECK(world.read(10s, '2').body == "two");
  CHECK_FALSE(world.read().body);
}

TEST_CASE("an entry over a mebibyte is not stored, and its lease is released") {
  LeasedEntryFixture world;
  const auto leased = world.read();
  CHECK_FALSE(world.fill(leased.token, std::string(cache::max_value_bytes + 1, 'x')));
  const auto again = world.read();
  CHECK(again.state == State::compute);
  CHECK(world.fill(again.token, std::string(cache::max_value_bytes, 'x')));
}

TEST_CASE(
    "after Redis restarts from a dump its entries are misses and stores begun before are ignored") {
  LeasedEntryFixture world;
  world.fill_new("old");
  const auto leased = world.cache->read_entry("post:43", '1', 60s);
  world.server.cli("SAVE");
  world.invalidate();
  world.server.kill();
  world.server.start();
  REQUIRE(world.server.cli("HGET post:42 body") == "old");
  REQUIRE(world.server.cli("HGET post:43 lease") == leased.token);
  CHECK_FALSE(world.cache->store_entry("post:43", '1', leased.token, "old", one_minute_ttl));
  const auto read = world.read();
  CHECK(read.state == State::compute);
  CHECK_FALSE(read.body);
}

TEST_CASE("a flushed Redis is empty and ignores stores begun before the flush") {
  LeasedEntryFixture world;
  world.fill_new("old");
  world.invalidate();
  const auto leased = world.read();
  world.server.cli("FLUSHALL");
  CHECK_FALSE(world.fill(leased.token, "old"));
  CHECK(world.read().state == State::compute);
}

TEST_CASE("an invalidation that Redis missed is sent before anything is read again") {
  LeasedEntryFixture world;
  world.fill_new("old");
  world.server.freeze();
  world.invalidate();
  world.server.resume();
  while (world.read(0ms).state == State::unavailable) std::this_thread::sleep_for(20ms);
  CHECK_FALSE(world.read(0ms).body);
}

TEST_CASE("after too many missed invalidations all earlier entries are misses for every client") {
  LeasedEntryFixture world;
  const auto other = world.connect();
  world.fill_new("old");
  world.server.freeze();
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back("feed:" + std::to_string(i));
  world.cache->invalidate(keys);
  world.invalidate();
  world.server.resume();
  while (world.read(0ms).state == State::unavailable) std::this_thread::sleep_for(20ms);
  CHECK_FALSE(other->read_entry(entry_key, '1', 0ms).body);
  world.fill_new("new");
  CHECK(other->read_entry(entry_key, '1', 0ms).body == "new");
}

TEST_CASE("without a shared cache no entries are stored") {
  const auto memory = cache::make_memory_cache();
  CHECK(memory->read_entry(entry_key, '1', 1s).state == State::unavailable);
  CHECK_FALSE(memory->store_entry(entry_key, '1', "t", "x", one_minute_ttl));
  CHECK(memory->read_entry(entry_key, '1', 1s).state == State::unavailable);
}

TEST_CASE(
    "a lease granted while the clock of Redis was ahead blocks nobody once the clock is "
    "corrected") {
  LeasedEntryFixture world;
  REQUIRE(world.read().state == State::compute);
  REQUIRE(world.read().state == State::pending);
  world.server.cli("HINCRBY " + std::string(entry_key) + " until 864000000");
  CHECK(world.read().state == State::compute);

  constexpr auto ranking = "hotfeed:feed:hot:1000", lock = "hotfeed:lock:feed:hot:1000";
  const auto read = [&] { return world.cache->read_ranking(ranking, lock, 0ms, 10s).state; };
  using Ranking = cache::RankingLookup::State;
  REQUIRE(read() == Ranking::compute);
  REQUIRE(read() == Ranking::pending);
  world.server.cli("SET " + std::string(lock) + " 'other|9999999999000000|mark|' PX 864000000");
  CHECK(read() == Ranking::compute);
  CHECK(read() == Ranking::pending);
}
