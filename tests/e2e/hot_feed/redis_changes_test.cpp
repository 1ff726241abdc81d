// What happens around the Redis of real servers: another installation comes to it, or it is demoted
// and its address leads to another one.
#include <stdlib.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/fresh_database.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::ServerProcess;
using support::Settings;

namespace {

using Ids = std::set<std::int64_t>;

// Posts of nobody, whose ids differ from another database's.
Ids make_posts(const support::FreshDatabase& database) {
  std::istringstream rows(database.execute(R"(
    WITH made AS (INSERT INTO posts (shard, text) SELECT 0, 'post' FROM generate_series(1, 4)
                  RETURNING id),
         counted AS (INSERT INTO post_likes (post_id) SELECT id FROM made)
    SELECT string_agg(id::text, ' ') FROM made)"));
  Ids ids;
  for (std::int64_t id = 0; rows >> id;) ids.insert(id);
  return ids;
}

Ids hot(const ServerProcess& serve) {
  const auto answer = serve.client().get("/v1/feed/hot");
  INFO(answer.status << " " << answer.body);
  REQUIRE(answer.status == 200);
  const auto page = json::parse(answer.body);
  Ids ids;
  for (const auto& post : *page.find("posts")->array()) ids.insert(*post.find("id")->integer());
  return ids;
}

// The part of /debug/health about the cache, as text.
std::string cache_health(const ServerProcess& serve) {
  const auto body = serve.client().get("/debug/health").body;
  const auto begin = body.find("\"cache\"");
  return begin == std::string::npos ? body : body.substr(begin, body.find('}', begin) - begin);
}
bool is_up(const ServerProcess& serve) {
  return cache_health(serve).find("\"status\":\"up\"") != std::string::npos;
}

template <typename Condition>
bool eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 60s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

}  // namespace

TEST_CASE("two installations at one Redis each show their own hot feed, and the second is warned") {
  support::FreshDatabase first, second;
  test::RedisServer redis;
  const auto first_posts = make_posts(first), second_posts = make_posts(second);
  const Settings settings{{"redis.url", redis.url()}, {"hot.refresh_window", "600s"}};
  const ServerProcess one(first, settings);
  CHECK(hot(one) == first_posts);
  const ServerProcess two(second, settings);
  CHECK(hot(two) == second_posts);
  CHECK(hot(one) == first_posts);
  CHECK(is_up(one));
  CHECK_FALSE(is_up(two));
  CHECK(cache_health(two).find("redis.prefix") != std::string::npos);

  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=" + second.url().reveal(),
                         "FEEDCTL_REDIS_URL=" + redis.url(), "FEEDCTL_CONFIG"};
  const auto doctor = support::run_feedctl({"doctor", "-o", "json"}, options);
  INFO(doctor.out);
  CHECK(doctor.out.find("another installation") != std::string::npos);
  CHECK(doctor.out.find("redis.prefix") != std::string::npos);
}

TEST_CASE("with redis.prefix a second installation uses the same redis beside the first") {
  support::FreshDatabase first, second;
  test::RedisServer redis;
  const auto first_posts = make_posts(first), second_posts = make_posts(second);
  Settings settings{{"redis.url", redis.url()}, {"hot.refresh_window", "600s"}};
  const ServerProcess one(first, settings);
  settings["redis.prefix"] = "second:";
  const ServerProcess two(second, settings);
  CHECK(hot(one) == first_posts);
  CHECK(hot(two) == second_posts);
  CHECK(is_up(one));
  CHECK(is_up(two));
  CHECK(redis.cli("EXISTS hotfeed:feed:hot:1000 second:hotfeed:feed:hot:1000") == "2");
}

TEST_CASE(
    "a server reports that its Redis was demoted, and switches to the one behind the address") {
  support::FreshDatabase database;
  test::RedisServer before, after;
  std::string name = "/tmp/feedctl-link-XXXXXX";
  REQUIRE(mkdtemp(name.data()) != nullptr);
  const std::filesystem::path folder(name), link = folder / "redis.sock";
  std::filesystem::create_symlink(before.url().substr(7), link);
  const auto posts = make_posts(database);
  const ServerProcess serve(database, {{"redis.url", "unix://" + link.string()}});
  CHECK(hot(serve) == posts);
  CHECK(is_up(serve));

  REQUIRE(before.cli("REPLICAOF 127.0.0.1 1") == "OK");
  CHECK_FALSE(is_up(serve));
  CHECK(cache_health(serve).find("not a primary") != std::string::npos);
  CHECK(hot(serve) == posts);

  std::filesystem::remove(link);
  std::filesystem::create_symlink(after.url().substr(7), link);
  CHECK(eventually([&] { return is_up(serve); }));
  CHECK(eventually([&] {
    CHECK(hot(serve) == posts);
    return after.cli("EXISTS hotfeed:feed:hot:1000") == "1";
  }));
  std::filesystem::remove_all(folder);
}
