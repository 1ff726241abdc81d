// Two installations in one Redis never see each other's entries, and each reports the other.
#include <sstream>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/redis_cache.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::eventually;
using State = cache::RankingLookup::State;

namespace {

std::unique_ptr<cache::Cache> installation(const test::RedisServer& server, const std::string& id,
                                           const std::string& prefix = "") {
  redis::PoolOptions options;
  options.url = server.url();
  options.timeout = 10s;  // this machine may be busy
  options.prefix = prefix;
  options.wait_for_installation = true;
  auto cache = cache::make_redis_cache(options);
  if (!id.empty()) cache->set_installation(id);
  return cache;
}

bool fill(cache::Cache& cache, const std::string& body) {
  const auto token = cache.read_ranking("r", "r:lock", 0ms, 5s).token;
  const auto entry = cache.read_entry("e", '1', 5s).token;
  return cache.store_ranking("r", "r:lock", token, body, 600s, false) &&
         cache.store_entry("e", '1', entry, body, {600s, 600s});
}

std::string ranking(cache::Cache& cache) {
  return cache.read_ranking("r", "r:lock", 600s, 0ms).body;
}
std::string entry(cache::Cache& cache) {
  return cache.read_entry("e", '1', 0ms).body.value_or("");
}

}  // namespace

TEST_CASE("a second installation at one Redis is refused with the remedy") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1"), two = installation(server, "cluster/2");
  REQUIRE(fill(*one, "of one"));
  CHECK_FALSE(two->is_available());
  CHECK(two->last_failure().reason.find("cluster/1") != std::string::npos);
  CHECK(two->last_failure().remedy.find("redis.prefix") != std::string::npos);
  CHECK(ranking(*two) == "");
  CHECK(entry(*two) == "");
  CHECK_FALSE(fill(*two, "of two"));
  CHECK(ranking(*one) == "of one");
  CHECK(entry(*one) == "of one");
}

TEST_CASE("more processes of the first installation are admitted") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1"), same = installation(server, "cluster/1");
  REQUIRE(fill(*one, "of one"));
  CHECK(same->is_available());
  CHECK(ranking(*same) == "of one");
  CHECK(entry(*same) == "of one");
}

TEST_CASE("with a prefix every key carries it, and both installations have their own") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1");
  const auto two = installation(server, "cluster/2", "two:");
  REQUIRE(fill(*one, "of one"));
  const auto bare = server.cli("DBSIZE");
  REQUIRE(fill(*two, "of two"));
  two->mark_dirty("other", true);
  two->put("p", "x", 600s);
  CHECK(two->is_available());
  CHECK(two->get("p") == "x");
  CHECK(ranking(*one) == "of one");
  CHECK(ranking(*two) == "of two");
  CHECK(entry(*one) == "of one");
  CHECK(entry(*two) == "of two");
  CHECK(two->scan_keys("*", 100).size() >= 5);
  CHECK(two->scan_keys("e", 100) == std::vector<std::string>{"e"});
  CHECK(two->peek("e")->body == "of two");

  std::istringstream keys(server.cli("KEYS '*'"));
  int of_two = 0, of_one = 0;
  for (std::string key; std::getline(keys, key);) ++(key.rfind("two:", 0) == 0 ? of_two : of_one);
  CHECK(of_two >= 5);
  CHECK(std::to_string(of_one) == bare);

  two->invalidate(std::vector<std::string>{"e"});
  two->erase("p");
  CHECK(entry(*two) == "");
  CHECK_FALSE(two->get("p"));
  CHECK(entry(*one) == "of one");
}

TEST_CASE("entries of a previous installation are never served to the next one") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1");
  REQUIRE(fill(*one, "of one"));
  server.cli("DEL feedctl:installation");
  const auto two = installation(server, "cluster/2");
  CHECK(two->is_available());
  CHECK(ranking(*two) == "");
  CHECK(entry(*two) == "");
}

TEST_CASE("after a flush only one of two installations continues, and the other notices") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1"), two = installation(server, "cluster/2");
  REQUIRE(one->is_available());
  REQUIRE_FALSE(two->is_available());
  server.cli("FLUSHALL");
  REQUIRE(two->is_available());
  CHECK_FALSE(one->is_available());
  one->put("a", "x", 60s);
  CHECK_FALSE(one->get("a"));
  CHECK(fill(*two, "of two"));
}

TEST_CASE("a client that only reads also notices that another installation owns the keys") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1");
  one->put("a", "x", 600s);
  REQUIRE(one->get("a"));
  server.cli("SET feedctl:installation cluster/2");
  CHECK(eventually([&] { return !one->get("a"); }));
  CHECK(one->last_failure().reason.find("cluster/2") != std::string::npos);
}

TEST_CASE("an installation that has been inactive for long loses its claim on the keys") {
  test::RedisServer server;
  const auto one = installation(server, "cluster/1");
  REQUIRE(one->is_available());
  CHECK(std::stol(server.cli("PTTL feedctl:installation")) > 300'000);
  server.cli("PEXPIRE feedctl:installation 1000");
  CHECK(one->is_available());  // a use renews the ownership
  CHECK(std::stol(server.cli("PTTL feedctl:installation")) > 300'000);
}

TEST_CASE("Redis is not used before the caller's installation is known") {
  test::RedisServer server;
  const auto cache = installation(server, "");
  cache->put("a", "x", 60s);
  CHECK_FALSE(fill(*cache, "x"));
  cache->mark_dirty("r", true);
  CHECK(server.cli("DBSIZE") == "0");
  CHECK(cache->is_available());  // as far as this client can know
  cache->set_installation("cluster/1");
  CHECK(cache->is_available());
  cache->get("a");
  CHECK(server.cli("EXISTS r:dirty") == "1");
  CHECK(server.cli("GET feedctl:installation") == "cluster/1");
}
