// A Redis that is demoted while its address leads elsewhere, and what else makes a server unfit.
#include <stdlib.h>

#include <filesystem>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/redis_error.hpp"
#include "redis_server.hpp"
#include "support/catch.hpp"
#include "support/workers.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::RankingRead::State;

namespace {

std::unique_ptr<cache::Cache> cache_at(const std::string& url) {
  cache::RedisOptions options;
  options.url = url;
  options.timeout = 10s;  // this machine may be busy
  return cache::make_redis_cache(options);
}

bool eventually(const std::function<bool()>& condition) {
  return support::eventually(6s, condition);  // five times that on a busy machine
}

// An address that leads to one server, and later to another.
class Link {
 public:
  explicit Link(const test::RedisServer& server) {
    std::string name = "/tmp/feedctl-link-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    lead_to(server);
  }
  ~Link() { std::filesystem::remove_all(folder_); }
  std::string url() const { return "unix://" + (folder_ / "redis.sock").string(); }
  void lead_to(const test::RedisServer& server) {
    std::filesystem::remove(folder_ / "redis.sock");
    std::filesystem::create_symlink(server.url().substr(7), folder_ / "redis.sock");
  }

 private:
  std::filesystem::path folder_;
};

// Of a primary that is not there, so that it goes on with what it has.
void demote(const test::RedisServer& server) {
  REQUIRE(server.cli("REPLICAOF 127.0.0.1 1") == "OK");
}

}  // namespace

TEST_CASE("a write that a demoted redis refuses goes to the one that the address leads to now") {
  test::RedisServer before, after;
  Link link(before);
  const auto ours = cache_at(link.url()), others = cache_at(after.url());
  ours->put("a", "x", 60s);
  REQUIRE(before.cli("GET a") == "x");
  const auto token = others->read_entry("list", '1', 5s).token;
  REQUIRE(others->fill_entry("list", '1', token, "without the new post", {60s, 60s}));
  demote(before);
  link.lead_to(after);

  ours->invalidate(std::vector<std::string>{"list"});
  CHECK(others->read_entry("list", '1', 0ms).state != State::fresh);
  ours->put("b", "y", 60s);
  CHECK(after.cli("GET b") == "y");
}

TEST_CASE("who only reads leaves a demoted redis, too") {
  test::RedisServer before, after;
  Link link(before);
  const auto cache = cache_at(link.url());
  cache->put("a", "old", 600s);
  REQUIRE(cache->get("a") == "old");
  demote(before);
  link.lead_to(after);
  after.cli("SET a new");
  CHECK(eventually([&] { return cache->get("a") == "new"; }));
}

TEST_CASE("a redis that is a replica is as good as away, and is said to be one") {
  test::RedisServer server;
  const auto cache = cache_at(server.url());
  cache->put("a", "x", 600s);
  REQUIRE(cache->available());
  demote(server);
  CHECK_FALSE(cache->available());
  CHECK(cache->trouble().why.find("slave") != std::string::npos);
  CHECK_FALSE(cache->get("a"));
  CHECK(cache->read_ranking("r", "r:lock", 0ms, 5s).state == State::down);
  server.cli("REPLICAOF NO ONE");
  CHECK(eventually([&] { return cache->get("a") == "x"; }));
  CHECK(cache->available());
  CHECK(cache->trouble().why.empty());
}

TEST_CASE("what a demoted redis was not told comes before anything is read from the next one") {
  test::RedisServer before, after;
  Link link(before);
  const auto cache = cache_at(link.url()), others = cache_at(after.url());
  REQUIRE(cache->available());
  const auto token = others->read_entry("list", '1', 5s).token;
  REQUIRE(others->fill_entry("list", '1', token, "old", {600s, 600s}));
  demote(before);
  cache->invalidate(std::vector<std::string>{"list"});  // nobody takes it yet
  link.lead_to(after);
  CHECK(eventually([&] { return cache->available(); }));
  CHECK_FALSE(cache->read_entry("list", '1', 0ms).body);
}

TEST_CASE("an address that comes back to an earlier redis does not bring its old lists back") {
  test::RedisServer first, second;
  Link link(first);
  const auto cache = cache_at(link.url());
  const auto token = cache->read_entry("list", '1', 5s).token;
  REQUIRE(cache->fill_entry("list", '1', token, "old", {600s, 600s}));
  demote(first);
  link.lead_to(second);
  REQUIRE(eventually([&] { return cache->available(); }));
  cache->invalidate(std::vector<std::string>{"list"});
  demote(second);
  first.cli("REPLICAOF NO ONE");
  link.lead_to(first);
  REQUIRE(eventually([&] { return cache->available(); }));
  CHECK_FALSE(cache->read_entry("list", '1', 0ms).body);
}

TEST_CASE("a redis that takes no writes is not available, whatever the reason") {
  test::RedisServer server({"--maxmemory-policy", "noeviction"});
  const auto cache = cache_at(server.url());
  REQUIRE(cache->available());
  server.cli("CONFIG SET min-replicas-to-write 1");
  CHECK_FALSE(cache->available());
  CHECK(cache->trouble().why.find("NOREPLICAS") == 0);
  server.cli("CONFIG SET min-replicas-to-write 0");
  CHECK(cache->available());
  server.cli("CONFIG SET maxmemory 1");
  CHECK_FALSE(cache->available());
  CHECK(cache->trouble().why.find("OOM") == 0);
  server.cli("CONFIG SET maxmemory 0");
  CHECK(cache->available());
}

TEST_CASE("a redis whose user lacks a right is not called away, and what is missing is said") {
  test::RedisServer server;
  server.cli("ACL SETUSER default -info");
  const auto cache = cache_at(server.url());
  CHECK_FALSE(cache->available());
  const auto trouble = cache->trouble();
  CHECK(trouble.answers);
  CHECK(trouble.why.find("NOPERM") == 0);
  CHECK(trouble.remedy.find("+info") != std::string::npos);
  server.cli("ACL SETUSER default +info");
  CHECK(eventually([&] { return cache->available(); }));
}

TEST_CASE("an error's first word says whether its connection is of use any more") {
  using cache::classify_redis_error, cache::RedisFault;
  for (const auto* text :
       {"READONLY You can't write against a read only replica.",
        "READONLY You can't write against a read only replica. script: ab, on @user_script:3.",
        "ERR Error running script (call to f_ab): @user_script:3: @user_script: 3: -READONLY You "
        "can't write against a read only replica.",
        "LOADING Redis is loading the dataset in memory", "MASTERDOWN Link with MASTER is down",
        "MISCONF Redis is configured to save RDB snapshots", "NOAUTH Authentication required.",
        "NOREPLICAS Not enough good replicas to write."}) {
    INFO(text);
    CHECK(classify_redis_error(text) == RedisFault::server);
  }
  for (const auto* text :
       {"OOM command not allowed when used memory > 'maxmemory'.", "NOSCRIPT No matching script.",
        "WRONGTYPE Operation against a key", "BUSYGROUP Consumer Group name already exists",
        "ERR READONLY stands behind", "", "READONLYX"}) {
    INFO(text);
    CHECK(classify_redis_error(text) == RedisFault::command);
  }
  CHECK(classify_redis_error("NOPERM this user has no permissions") == RedisFault::permission);
}
