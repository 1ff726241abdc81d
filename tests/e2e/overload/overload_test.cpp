#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/frozen_process.hpp"
#include "support/server_process.hpp"
#include "support/test_servers.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using support::eventually;

namespace {

// The test's PostgreSQL.
pid_t postgres() {
  return support::test_servers().supervisor().pid("postgres");
}

// Readers of what only the database knows, each one request at a time.
class BlockingReaders {
 public:
  BlockingReaders(int port, std::string target, int size) {
    for (int i = 0; i < size; ++i) {
      threads_.emplace_back([this, port, target] {
        const support::HttpClient client(port);
        while (!stopping_) {
          const int status = client.get(target).status;
          ++(status == 200 ? good : status == 503 ? refused : wrong);
          if (status == 503) std::this_thread::sleep_for(5ms);
        }
      });
    }
  }
  ~BlockingReaders() { stop(); }
  void stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<int> good{0}, refused{0}, wrong{0};

 private:
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

// Twenty posts of one author, and a server with few threads before them.
struct OverloadServer {
  OverloadServer() {
    fresh.execute("INSERT INTO users (id, handle, shard) VALUES (5, 'five', feedctl_shard(5))");
    fresh.execute("INSERT INTO user_stats (user_id, followers, following) VALUES (5, 0, 0)");
    fresh.execute(
        "INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_id_at(now()) + i, 5,"
        " feedctl_shard(5), 'a post' FROM generate_series(1, 20) i");
    fresh.execute("INSERT INTO post_likes (post_id) SELECT id FROM posts");
  }
  support::FreshDatabase fresh;
  support::ServerProcess serve{fresh, support::with_product_timeouts({{"server.threads", "4"}})};
};

using Clock = std::chrono::steady_clock;

Clock::duration measure(const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return Clock::now() - start;
}

}  // namespace

TEST_CASE(
    "while the database is frozen, health and the hot feed are served, and the server recovers") {
  OverloadServer site;
  auto& serve = site.serve;
  const auto client = serve.client();
  const std::string hot = "/v1/feed/hot?limit=5", user = "/v1/users/5";
  REQUIRE(client.get(user).status == 200);
  REQUIRE(client.get(hot).status == 200);
  REQUIRE(client.get(hot).body.find("a post") != std::string::npos);

  support::FrozenProcess frozen(postgres());
  BlockingReaders crowd(serve.port(), user, 24);
  const auto begun = Clock::now();
  const auto is_within = [&](Clock::duration time) { return Clock::now() - begun < time; };
  while (is_within(4s) || (crowd.refused == 0 && is_within(2min))) {
    const auto page = client.get(hot);
    CHECK(page.status == 200);
    CHECK(page.body.find("a post") != std::string::npos);
    CHECK(client.get("/health/live").status == 200);
    CHECK(client.get("/health/ready").status != 0);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(crowd.refused > 0);
  CHECK(client.get("/metrics").status == 200);

  frozen.resume();
  CHECK(eventually([&] { return client.get(hot).header("x-feed-stale").empty(); }));
  const int before = crowd.good;
  CHECK(eventually([&] { return crowd.good >= before + 200; }));  // with the crowd still there
  crowd.stop();
  CHECK(crowd.wrong == 0);
  CHECK(client.get(user).status == 200);
}

TEST_CASE("a frozen database and handlers that wait for it delay no hot feed page") {
  OverloadServer site;
  const auto client = site.serve.client();
  const std::string hot = "/v1/feed/hot?limit=5";
  REQUIRE(client.get(hot).status == 200);
  const auto before = client.get(hot);
  REQUIRE(before.header("x-feed-stale").empty());

  support::FrozenProcess frozen(postgres());
  // Nobody but the readers of the hot feed, whose page is over.
  std::this_thread::sleep_for(200ms);
  auto shown = client.get(hot);
  CHECK(shown.status == 200);
  const auto ten = [&] {
    for (int i = 0; i < 10; ++i) {
      shown = client.get(hot);
      CHECK(shown.status == 200);
      CHECK(shown.body == before.body);
    }
  };
  const auto alone = measure(ten);
  CHECK(shown.header("x-feed-stale") == "1");
  CHECK_FALSE(shown.header("age").empty());
  const auto one_that_waits = measure([&] { CHECK(client.get("/v1/users/5").status == 503); });
  CHECK(alone < one_that_waits);

  // Handlers that are all taken, and a queue behind them.
  BlockingReaders crowd(site.serve.port(), "/v1/users/5", 24);
  CHECK(eventually([&] { return crowd.refused > 0; }));
  for (int i = 0; i < 3; ++i) CHECK(measure(ten) < one_that_waits);
  CHECK(shown.header("x-feed-stale") == "1");
  CHECK(client.get("/v1/feed/hot?limit=6").status == 503);  // of what nobody has seen there is none

  frozen.resume();
  CHECK(eventually([&] { return client.get(hot).header("x-feed-stale").empty(); }));
  crowd.stop();
  CHECK(crowd.wrong == 0);
}
