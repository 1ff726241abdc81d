// Entries of single things, in a real Redis.
#include <thread>

#include "cache/cache.hpp"
#include "redis_server.hpp"
#include "support/catch.hpp"
#include "support/within.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::EntryRead::State;

namespace {

constexpr auto thing = "post:42";
constexpr cache::EntryTimes minute{60s, 60s};

struct World {
  test::RedisServer server;
  std::unique_ptr<cache::Cache> cache = connect();

  std::unique_ptr<cache::Cache> connect() const {
    cache::RedisOptions options;
    options.url = server.url();
    options.timeout = 500ms;
    return cache::make_redis_cache(options);
  }
  cache::EntryRead read(std::chrono::milliseconds lease = 10s, char version = '1') {
    return cache->read_entry(thing, version, lease);
  }
  bool fill(const std::string& token, const std::string& body, cache::EntryTimes times = minute) {
    return cache->fill_entry(thing, '1', token, body, times);
  }
  void fill_new(const std::string& body, cache::EntryTimes times = minute) {
    const auto leased = read();
    REQUIRE(leased.state == State::lease);
    REQUIRE(fill(leased.token, body, times));
  }
  void invalidate() {
    const std::string keys[] = {thing};
    cache->invalidate(keys);
  }
};

}  // namespace

TEST_CASE("one reader of a thing makes its entry, the others wait, then all have it") {
  World world;
  const auto first = world.read();
  CHECK(first.state == State::lease);
  CHECK_FALSE(first.body);
  CHECK(world.read().state == State::wait);
  CHECK_FALSE(world.fill("another token", "zero"));
  CHECK(world.fill(first.token, "one"));
  const auto after = world.read();
  CHECK(after.state == State::fresh);
  CHECK(after.body == "one");
  CHECK_FALSE(world.fill(first.token, "two"));
}

TEST_CASE("an entry may be empty and may hold any bytes") {
  World world;
  for (const auto& body : {std::string(), std::string("\0\r\n\xff|", 5)}) {
    world.fill_new(body);
    CHECK(world.read().body == body);
    world.invalidate();
  }
}

TEST_CASE("what was read before an invalidation is not stored after it") {
  World world;
  const auto slow = world.read();
  world.invalidate();
  CHECK_FALSE(world.fill(slow.token, "old"));
  const auto next = world.read();
  CHECK(next.state == State::lease);
  CHECK_FALSE(world.fill(slow.token, "old"));
  CHECK(world.fill(next.token, "new"));
  CHECK(world.read().body == "new");
}

TEST_CASE("an invalidated entry is gone at once, many in one call, and unknown ones do no harm") {
  World world;
  std::vector<std::string> keys;
  for (int i = 0; i < 2500; ++i) keys.push_back("user:" + std::to_string(i) + ":posts");
  for (const auto& key : {keys.front(), keys.back()}) {
    const auto leased = world.cache->read_entry(key, '1', 1s);
    REQUIRE(world.cache->fill_entry(key, '1', leased.token, "x", minute));
  }
  world.cache->invalidate(keys);
  CHECK_FALSE(world.cache->read_entry(keys.front(), '1', 0ms).body);
  CHECK_FALSE(world.cache->read_entry(keys.back(), '1', 0ms).body);
}

TEST_CASE("past its soft time an entry is shown while one reader makes a new one") {
  World world;
  const support::Since filled;
  world.fill_new("one", {100ms, 60s});
  const auto before = world.read();
  if (filled.within(80ms)) CHECK(before.state == State::fresh);
  if (before.state == State::lease) world.cache->release_entry(thing, before.token);
  std::this_thread::sleep_for(120ms);
  const auto leased = world.read();
  CHECK(leased.state == State::lease);
  CHECK(leased.body == "one");
  const auto waiting = world.read();
  CHECK(waiting.state == State::wait);
  CHECK(waiting.body == "one");
  CHECK(world.fill(leased.token, "two"));
  CHECK(world.read().body == "two");
}

TEST_CASE("past its hard time an entry is gone, even where a lease keeps its key") {
  World world;
  world.fill_new("one", {50ms, 100ms});
  std::this_thread::sleep_for(60ms);
  const auto leased = world.read();
  REQUIRE(leased.state == State::lease);
  std::this_thread::sleep_for(60ms);
  CHECK_FALSE(world.read().body);
  CHECK(world.fill(leased.token, "two"));
}

TEST_CASE("the times of entries are spread by fifteen percent") {
  World world;
  long least = 1000000, most = 0;
  for (int i = 0; i < 100; ++i) {
    world.fill_new("x", {100s, 100s});
    const auto ttl = std::stol(world.server.cli(std::string("PTTL ") + thing));
    least = std::min(least, ttl);
    most = std::max(most, ttl);
    world.invalidate();
  }
  CHECK(least >= 84000);
  CHECK(least < 95000);
  CHECK(most > 105000);
  CHECK(most <= 115000);
}

TEST_CASE("a lease that was not kept goes to the next reader, and is given back early") {
  World world;
  const support::Since leased;
  const auto died = world.read(100ms);
  REQUIRE(died.state == State::lease);
  const auto meanwhile = world.read();
  if (leased.within(100ms)) CHECK(meanwhile.state == State::wait);
  if (meanwhile.state == State::lease) world.cache->release_entry(thing, meanwhile.token);
  std::this_thread::sleep_for(110ms);
  const auto next = world.read();
  CHECK(next.state == State::lease);
  world.cache->release_entry(thing, died.token);  // no longer its own
  CHECK(world.read().state == State::wait);
  world.cache->release_entry(thing, next.token);
  CHECK(world.read().state == State::lease);
}

TEST_CASE("looking takes no lease") {
  World world;
  CHECK(world.read(0ms).state == State::wait);
  const auto leased = world.read();
  CHECK(leased.state == State::lease);
  CHECK(world.fill(leased.token, "one"));
  CHECK(world.read(0ms).body == "one");
}

TEST_CASE("an entry of another form reads as a miss and gives way to the new one") {
  World world;
  world.fill_new("one");
  const auto other = world.read(10s, '2');
  CHECK(other.state == State::lease);
  CHECK_FALSE(other.body);
  CHECK(world.cache->fill_entry(thing, '2', other.token, "two", minute));
  CHECK(world.read(10s, '2').body == "two");
  CHECK_FALSE(world.read().body);
}

TEST_CASE("an entry over a mebibyte is not kept, and the lease is given back") {
  World world;
  const auto leased = world.read();
  CHECK_FALSE(world.fill(leased.token, std::string(cache::max_value_bytes + 1, 'x')));
  const auto again = world.read();
  CHECK(again.state == State::lease);
  CHECK(world.fill(again.token, std::string(cache::max_value_bytes, 'x')));
}

TEST_CASE("entries of a redis that was started again from a dump are misses, and so are fills") {
  World world;
  world.fill_new("old");
  const auto leased = world.cache->read_entry("post:43", '1', 60s);
  world.server.cli("SAVE");
  world.invalidate();
  world.server.kill();
  world.server.start();
  REQUIRE(world.server.cli("HGET post:42 body") == "old");
  REQUIRE(world.server.cli("HGET post:43 lease") == leased.token);
  CHECK_FALSE(world.cache->fill_entry("post:43", '1', leased.token, "old", minute));
  const auto read = world.read();
  CHECK(read.state == State::lease);
  CHECK_FALSE(read.body);
}

TEST_CASE("a flushed redis has nothing, and takes nothing that was begun before") {
  World world;
  world.fill_new("old");
  world.invalidate();
  const auto leased = world.read();
  world.server.cli("FLUSHALL");
  CHECK_FALSE(world.fill(leased.token, "old"));
  CHECK(world.read().state == State::lease);
}

TEST_CASE("an invalidation that redis did not hear comes before anything is read again") {
  World world;
  world.fill_new("old");
  world.server.freeze();
  world.invalidate();
  world.server.thaw();
  while (world.read(0ms).state == State::down) std::this_thread::sleep_for(20ms);
  CHECK_FALSE(world.read(0ms).body);
}

TEST_CASE("where very many were not heard all entries of before are misses, for everybody") {
  World world;
  const auto other = world.connect();
  world.fill_new("old");
  world.server.freeze();
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back("feed:" + std::to_string(i));
  world.cache->invalidate(keys);
  world.invalidate();
  world.server.thaw();
  while (world.read(0ms).state == State::down) std::this_thread::sleep_for(20ms);
  CHECK_FALSE(other->read_entry(thing, '1', 0ms).body);
  world.fill_new("new");
  CHECK(other->read_entry(thing, '1', 0ms).body == "new");
}

TEST_CASE("without a shared cache entries are not kept") {
  const auto memory = cache::make_memory_cache();
  CHECK(memory->read_entry(thing, '1', 1s).state == State::down);
  CHECK_FALSE(memory->fill_entry(thing, '1', "t", "x", minute));
  CHECK(memory->read_entry(thing, '1', 1s).state == State::down);
}

TEST_CASE("a lease that Redis's clock gave while it was ahead holds up nobody once it is right") {
  World world;
  REQUIRE(world.read().state == State::lease);
  REQUIRE(world.read().state == State::wait);
  world.server.cli("HINCRBY " + std::string(thing) + " until 864000000");
  CHECK(world.read().state == State::lease);

  constexpr auto ranking = "hotfeed:feed:hot:1000", lock = "hotfeed:lock:feed:hot:1000";
  const auto read = [&] { return world.cache->read_ranking(ranking, lock, 0ms, 10s).state; };
  using Ranking = cache::RankingRead::State;
  REQUIRE(read() == Ranking::lease);
  REQUIRE(read() == Ranking::wait);
  world.server.cli("SET " + std::string(lock) + " 'other|9999999999000000|mark|' PX 864000000");
  CHECK(read() == Ranking::lease);
  CHECK(read() == Ranking::wait);
}
