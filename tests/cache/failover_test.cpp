// A Redis that is demoted while its address leads to another server, and other unusable servers.
#include <stdlib.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/redis_cache.hpp"
#include "redis/error_reply.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::eventually;
using State = cache::RankingLookup::State;

namespace {

std::unique_ptr<cache::Cache> connect_cache(const std::string& url) {
  redis::PoolOptions options;
  options.url = url;
  options.timeout = 10s;  // this machine may be busy
  return cache::make_redis_cache(options);
}

// A symbolic link as address: it leads to one server, and later to another.
class SwitchableAddress {
 public:
  explicit SwitchableAddress(const test::RedisServer& server) {
    std::string name = "/tmp/feedctl-link-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    switch_to(server);
  }
  ~SwitchableAddress() { std::filesystem::remove_all(folder_); }
  std::string url() const { return "unix://" + (folder_ / "redis.sock").string(); }
  void switch_to(const test::RedisServer& server) {
    std::filesystem::remove(folder_ / "redis.sock");
    std::filesystem::create_symlink(server.url().substr(7), folder_ / "redis.sock");
  }

 private:
  std::filesystem::path folder_;
};

// Makes the server a replica of a missing primary, so it keeps its data.
void demote(const test::RedisServer& server) {
  REQUIRE(server.cli("REPLICAOF 127.0.0.1 1") == "OK");
}

}  // namespace

TEST_CASE("a write refused by a demoted Redis goes to the one now behind the address") {
  test::RedisServer before, after;
  SwitchableAddress link(before);
  const auto ours = connect_cache(link.url()), others = connect_cache(after.url());
  ours->put("a", "x", 60s);
  REQUIRE(before.cli("GET a") == "x");
  const auto token = others->read_entry("list", '1', 5s).token;
  REQUIRE(others->store_entry("list", '1', token, "without the new post", {60s, 60s}));
  demote(before);
  link.switch_to(after);

  ours->invalidate(std::vector<std::string>{"list"});
  CHECK(others->read_entry("list", '1', 0ms).state != State::fresh);
  ours->put("b", "y", 60s);
  CHECK(after.cli("GET b") == "y");
}

TEST_CASE("a client that only reads switches from a demoted Redis too") {
  test::RedisServer before, after;
  SwitchableAddress link(before);
  const auto cache = connect_cache(link.url());
  cache->put("a", "old", 600s);
  REQUIRE(cache->get("a") == "old");
  demote(before);
  link.switch_to(after);
  after.cli("SET a new");
  CHECK(eventually([&] { return cache->get("a") == "new"; }));
}

TEST_CASE("a Redis replica counts as unavailable and is reported as a replica") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  cache->put("a", "x", 600s);
  REQUIRE(cache->is_available());
  demote(server);
  CHECK_FALSE(cache->is_available());
  CHECK(cache->last_failure().reason.find("slave") != std::string::npos);
  CHECK_FALSE(cache->get("a"));
  CHECK(cache->read_ranking("r", "r:lock", 0ms, 5s).state == State::unavailable);
  server.cli("REPLICAOF NO ONE");
  CHECK(eventually([&] { return cache->get("a") == "x"; }));
  CHECK(cache->is_available());
  CHECK(cache->last_failure().reason.empty());
}

TEST_CASE("invalidations that a demoted Redis missed are sent to the next one before any read") {
  test::RedisServer before, after;
  SwitchableAddress link(before);
  const auto cache = connect_cache(link.url()), others = connect_cache(after.url());
  REQUIRE(cache->is_available());
  const auto token = others->read_entry("list", '1', 5s).token;
  REQUIRE(others->store_entry("list", '1', token, "old", {600s, 600s}));
  demote(before);
  cache->invalidate(std::vector<std::string>{"list"});  // no server takes the invalidation yet
  link.switch_to(after);
  CHECK(eventually([&] { return cache->is_available(); }));
  CHECK_FALSE(cache->read_entry("list", '1', 0ms).body);
}

TEST_CASE("an address that returns to an earlier Redis does not serve its outdated lists") {
  test::RedisServer first, second;
  SwitchableAddress link(first);
  const auto cache = connect_cache(link.url());
  const auto token = cache->read_entry("list", '1', 5s).token;
  REQUIRE(cache->store_entry("list", '1', token, "old", {600s, 600s}));
  demote(first);
  link.switch_to(second);
  REQUIRE(eventually([&] { return cache->is_available(); }));
  cache->invalidate(std::vector<std::string>{"list"});
  demote(second);
  first.cli("REPLICAOF NO ONE");
  link.switch_to(first);
  REQUIRE(eventually([&] { return cache->is_available(); }));
  CHECK_FALSE(cache->read_entry("list", '1', 0ms).body);
}

TEST_CASE("a redis that takes no writes is not available, whatever the reason") {
  test::RedisServer server({"--maxmemory-policy", "noeviction"});
  const auto cache = connect_cache(server.url());
  REQUIRE(cache->is_available());
  server.cli("CONFIG SET min-replicas-to-write 1");
  CHECK_FALSE(cache->is_available());
  CHECK(cache->last_failure().reason.find("NOREPLICAS") == 0);
  server.cli("CONFIG SET min-replicas-to-write 0");
  CHECK(cache->is_available());
  server.cli("CONFIG SET maxmemory 1");
  CHECK_FALSE(cache->is_available());
  CHECK(cache->last_failure().reason.find("OOM") == 0);
  server.cli("CONFIG SET maxmemory 0");
  CHECK(cache->is_available());
}

TEST_CASE(
    "a Redis user without a permission is reported by the missing permission, not as unavailable") {
  test::RedisServer server;
  server.cli("ACL SETUSER default -info");
  const auto cache = connect_cache(server.url());
  CHECK_FALSE(cache->is_available());
  const auto trouble = cache->last_failure();
  CHECK(trouble.is_reachable);
  CHECK(trouble.reason.find("NOPERM") == 0);
  CHECK(trouble.remedy.find("+info") != std::string::npos);
  server.cli("ACL SETUSER default +info");
  CHECK(eventually([&] { return cache->is_available(); }));
}

TEST_CASE("a Redis that refuses writes is not called usable again after each read") {
  test::RedisServer server;
  const auto cache = connect_cache(server.url());
  cache->put("a", "x", 600s);
  server.cli("CONFIG SET min-replicas-to-write 1");
  const test::CapturedLog captured;
  for (int i = 0; i < 3; ++i) {
    cache->put("b", "x", 60s);
    REQUIRE(eventually([&] { return cache->get("a") == "x"; }));
  }
  int refused = 0, again = 0;
  for (const auto& line : captured.lines()) {
    refused += line.find("redis cannot be used") != std::string::npos ? 1 : 0;
    again += line.find("redis answers again") != std::string::npos ? 1 : 0;
  }
  CHECK(refused == 1);
  CHECK(again == 0);
}

TEST_CASE("the first word of a Redis error decides whether its connection is reused") {
  using redis::classify_error, redis::ErrorScope;
  for (const auto* text :
       {"READONLY You can't write against a read only replica.",
        "READONLY You can't write against a read only replica. script: ab, on @user_script:3.",
        "ERR Error running script (call to f_ab): @user_script:3: @user_script: 3: -READONLY You "
        "can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
        "MISCONF Redis is configured to save RDB snapshots", "NOAUTH Authentication required.",
        "NOREPLICAS Not enough good replicas to write."}) {
    INFO(text);
    CHECK(classify_error(text) == ErrorScope::server);
  }
  for (const auto* text :
       {"OOM command not allowed when used memory > 'maxmemory'.", "NOSCRIPT No matching script.",
        "WRONGTYPE Operation against a key", "BUSYGROUP Consumer Group name already exists",
        "ERR READONLY stands behind", "", "READONLYX"}) {
    INFO(text);
    CHECK(classify_error(text) == ErrorScope::command);
  }
  CHECK(classify_error("NOPERM this user has no permissions") == ErrorScope::permission);
}
