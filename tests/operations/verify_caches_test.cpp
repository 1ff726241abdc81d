// feedctl verify --invariant I10: what is wrong in Redis is found and dropped; lag is not wrong.
#include <atomic>
#include <thread>

#include "cache/cache.hpp"
#include "cache/redis_cache.hpp"
#include "store/installation.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"
#include "support/test_servers.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

constexpr int redis = 9;

std::string redis_cli(std::vector<std::string> words) {
  std::vector<std::string> argv{"redis-cli", "-s",
                                support::test_servers().redis().socket_path().string(), "-n",
                                std::to_string(redis)};
  argv.insert(argv.end(), words.begin(), words.end());
  return support::run(argv).out;
}

// A seeded database whose lists and ranking are in Redis, written by a server for its readers.
struct CachedWorldFixture {
  test::VerifyFixture world;
  std::unique_ptr<cache::Cache> cache;
  std::string reader, author;  // both have cached lists with several entries

  CachedWorldFixture() {
    redis_cli({"FLUSHALL"});
    redis::PoolOptions options;
    options.url = support::redis_url(redis);
    options.timeout = 1000ms;  // this machine may be busy
    cache = cache::make_redis_cache(options);
    cache->set_installation(installation());
    const support::ServerProcess serve(
        world.database, {{"redis.url", support::redis_url(redis)}, {"feed.index", "off"}});
    const auto http = serve.client();
    reader = world.sql("SELECT user_id FROM user_feed GROUP BY 1 ORDER BY count(*) DESC LIMIT 1");
    author = world.sql("SELECT author_id FROM posts GROUP BY 1 ORDER BY count(*) DESC LIMIT 1");
    for (const auto& user : {reader, author}) {
      REQUIRE(http.get("/v1/feed?limit=20&user_id=" + user).status == 200);
      REQUIRE(http.get("/v1/users/" + user + "/posts").status == 200);
    }
    REQUIRE(http.get("/v1/feed/hot").status == 200);
    REQUIRE_FALSE(body(feed()).empty());
    REQUIRE_FALSE(body(posts()).empty());
    REQUIRE_FALSE(body(hot).empty());
  }

  // Whose entries are read by others of it alone.
  std::string installation() const {
    store::Options options;
    options.url = world.database.url();
    store::Database database(options);
    return store::installation_id(database);
  }

  static constexpr const char* hot = "hotfeed:feed:hot:1000";
  std::string feed() const { return "feed:" + reader; }
  std::string posts() const { return "user:" + author + ":posts"; }

  std::string body(const std::string& key) const {
    const auto kept = cache->peek(key);
    return kept ? kept->body : "";
  }
  // As a server would have put it there.
  void add_drift(const std::string& key, const std::string& text,
                 std::chrono::milliseconds ttl) const {
    cache->invalidate(std::vector<std::string>{key});
    const auto read = cache->read_entry(key, '1', 3s);
    REQUIRE(cache->store_entry(key, '1', read.token, text, {ttl, ttl}));
  }
  support::RunResult verify(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"verify", "--all", "--invariant", "I10"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto options = world.options();
    options.environment.push_back("FEEDCTL_REDIS_URL=" + support::redis_url(redis));
    return support::run_feedctl(arguments, options);
  }
  // Found, not touched by a dry run, then dropped.
  void check_found(const std::string& key) const {
    const auto planted = body(key);
    const auto found = verify();
    INFO(key << ": " << planted << '\n' << found.out << found.err);
    CHECK(found.exit_code == 3);
    CHECK(found.out.find(key == hot ? "post " : key) != std::string::npos);
    CHECK(verify({"--repair", "--dry-run"}).exit_code == 3);
    CHECK(body(key) == planted);
    const auto repaired = verify({"--repair"});
    INFO(repaired.out << repaired.err);
    CHECK(repaired.exit_code == 0);
    CHECK(body(key).empty());
    CHECK(verify().exit_code == 0);
  }
};

// The header of a feed's list, before its rows.
std::string head_of(const std::string& list) {
  std::size_t at = 0;
  for (int words = 0; words < 4; ++words) at = list.find(' ', at) + 1;
  return list.substr(0, at);
}

// The list without its newest row.
std::string without_first_row(const std::string& list) {
  return head_of(list) + list.substr(list.find(',') + 1);
}

}  // namespace

TEST_CASE("entries that servers wrote to Redis are correct") {
  const CachedWorldFixture world;
  const auto checked = world.verify();
  INFO(checked.out << checked.err);
  CHECK(checked.exit_code == 0);
  CHECK(checked.out.find("cached feeds") != std::string::npos);
  CHECK(checked.out.find("cached posts of authors") != std::string::npos);
  CHECK(checked.out.find("cached ranking") != std::string::npos);
  // A ranking made before a like does not differ, even if no cache was invalidated.
  world.world.sql(
      "WITH liked AS (INSERT INTO likes (user_id, post_id) SELECT u.id, (SELECT max(id) FROM "
      "posts) FROM users u ON CONFLICT DO NOTHING RETURNING user_id, post_id, created_at) INSERT "
      "INTO events (type, shard, actor, object, liked_at) SELECT 1, feedctl_shard(user_id), "
      "user_id, post_id, created_at FROM liked");
  CHECK(world.verify().exit_code == 0);
}

TEST_CASE("a cached list with wrong entries is found and dropped") {
  const CachedWorldFixture world;
  const auto stranger = world.world.sql(
      "SELECT p.id FROM posts p WHERE NOT EXISTS (SELECT FROM user_feed r WHERE r.user_id = " +
      world.reader + " AND r.post_id = p.id) AND p.author_id <> " + world.author +
      " ORDER BY p.id DESC LIMIT 1");
  const auto feed = world.body(world.feed());
  const auto head = head_of(feed);
  world.add_drift(world.feed(), head + stranger + " 5", 60s);
  world.check_found(world.feed());
  world.add_drift(world.feed(), "garbage", 60s);
  world.check_found(world.feed());
  world.add_drift(world.posts(), "0 " + stranger, 60s);
  world.check_found(world.posts());
  world.add_drift(world.posts(), "1 5,6", 60s);
  world.check_found(world.posts());
}

TEST_CASE("a cached entry without expiry is found and dropped") {
  const CachedWorldFixture world;
  redis_cli({"PERSIST", world.feed()});
  world.check_found(world.feed());
}

TEST_CASE("a ranking with other scores, posts or order is found and dropped") {
  const CachedWorldFixture world;
  const auto good = world.body(CachedWorldFixture::hot);
  const auto first = good.find('\n') + 1, second = good.find('\n', first) + 1,
             third = good.find('\n', second) + 1;
  const auto one = good.substr(first, second - first), two = good.substr(second, third - second);
  const auto head = good.substr(0, first), rest = good.substr(third);
  const auto id = one.substr(0, one.find(' '));
  redis_cli({"HSET", CachedWorldFixture::hot, "body", head + id + " 4000\n" + two + rest});
  world.check_found(CachedWorldFixture::hot);
  for (const auto& wrong : {head + two + one + rest, head + two + rest,
                            head + "77 9999\n" + one + two + rest, std::string("2 garbage")}) {
    redis_cli({"HSET", CachedWorldFixture::hot, "body", wrong});
    redis_cli({"PEXPIRE", CachedWorldFixture::hot, "60000"});
    const auto found = world.verify();
    INFO(wrong.substr(0, 200) << found.out);
    CHECK(found.exit_code == 3);
  }
}

TEST_CASE("a cached list with missing entries is drift only after its maximum age") {
  const CachedWorldFixture world;
  const auto feed = without_first_row(world.body(world.feed()));
  const auto posts = world.body(world.posts());
  const auto shorter = posts.substr(0, 2) + posts.substr(posts.find(',') + 1);
  REQUIRE(feed.size() < world.body(world.feed()).size());
  world.add_drift(world.feed(), feed, 1500ms);
  world.add_drift(world.posts(), shorter, 1500ms);
  const auto lag = world.verify();
  INFO(lag.out << lag.err);
  CHECK(lag.exit_code == 0);

  // A list that outlives its time is drift, not lag.
  world.add_drift(world.feed(), feed, 60s);
  redis_cli({"PEXPIRE", world.feed(), "5000"});
  std::atomic<bool> stop{false};
  std::thread wrong([&] {
    while (!stop) {
      redis_cli({"PEXPIRE", world.feed(), "5000"});
      std::this_thread::sleep_for(100ms);
    }
  });
  const auto drift = world.verify({"-o", "json"});
  stop = true;
  wrong.join();
  INFO(drift.out << drift.err);
  CHECK(drift.exit_code == 3);
  CHECK(drift.out.find(world.feed() + " lacks post") != std::string::npos);
}

TEST_CASE("without Redis nothing is cached, and an unreachable Redis is reported") {
  const test::VerifyFixture world;
  CHECK(world.verify("I10") == 0);
  auto options = world.options();
  options.environment.push_back("FEEDCTL_REDIS_URL=unix:///nonexistent/redis.sock");
  const auto down = support::run_feedctl({"verify", "--invariant", "I10"}, options);
  INFO(down.err);
  CHECK(down.exit_code == 69);
  CHECK(down.err.find("redis does not answer") != std::string::npos);
}
