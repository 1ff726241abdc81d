// A Redis that stops, dies, forgets or goes back in time while the hot feed is read and liked: no
// answer of 5xx, and no like shows later than it may.
#include <functional>
#include <thread>

#include "hot_feed_cluster.hpp"
#include "like_traffic.hpp"
#include "support/catch.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedCluster;

namespace {

void run_under_load(const std::function<void(HotFeedCluster&)>& faults) {
  HotFeedCluster site(support::Settings{{"hot.refresh_window", "1s"}, {"hot.lease", "500ms"}});
  test::LikeTraffic::Options options;
  // The window, the lease of one that died, and what a busy machine adds.
  options.max_staleness = 1500ms + 1s;
  options.pause = 10ms;
  site.server_a->client().get("/v1/feed/hot");
  test::LikeTraffic traffic(site, options);
  REQUIRE(support::eventually(20s, [&] { return traffic.likes > 20; }));
  faults(site);
  const int before = traffic.reads, liked = traffic.likes;
  REQUIRE(support::eventually(
      60s, [&] { return traffic.reads >= before + 4 && traffic.likes > liked + 30; }));
  traffic.stop();
  INFO(traffic.likes << " likes, " << traffic.reads << " reads");
  CHECK(traffic.failures() == "");
  CHECK(traffic.late == 0);
}

}  // namespace

TEST_CASE("the hot feed stays correct while Redis is frozen twice") {
  run_under_load([](HotFeedCluster& site) {
    for (int i = 0; i < 2; ++i) {
      site.redis.freeze();
      std::this_thread::sleep_for(1200ms);  // longer than a window
      site.redis.resume();
      std::this_thread::sleep_for(500ms);
    }
  });
}

TEST_CASE("the hot feed stays correct while Redis is killed, down, and empty after its return") {
  run_under_load([](HotFeedCluster& site) {
    site.redis.kill();
    std::this_thread::sleep_for(1200ms);
    site.redis.start();
    std::this_thread::sleep_for(1200ms);
    site.redis.kill();
    site.redis.start();
  });
}

TEST_CASE("the hot feed stays correct while Redis is flushed repeatedly") {
  run_under_load([](HotFeedCluster& site) {
    for (int i = 0; i < 30; ++i) {
      site.redis.cli("FLUSHALL");
      std::this_thread::sleep_for(70ms);
    }
  });
}

TEST_CASE("the hot feed stays correct after Redis is restored from an old dump") {
  run_under_load([](HotFeedCluster& site) {
    for (int i = 0; i < 3; ++i) {
      site.redis.cli("SAVE");
      std::this_thread::sleep_for(700ms);
      site.redis.kill();
      site.redis.start();  // with the ranking and the marks of then
      std::this_thread::sleep_for(300ms);
    }
  });
}

TEST_CASE("with Redis down a crowd at each server causes one recompute per server") {
  HotFeedCluster site({{"hot.refresh_window", "20s"}}, "hot.slow_refresh=delay:300");
  site.redis.kill();
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 40; ++i) {
    readers.emplace_back([&, i] {
      const auto answer =
          site.server(i).client().get("/v1/feed/hot?limit=" + std::to_string(i + 1));
      wrong += answer.status != 200;
    });
  }
  for (auto& reader : readers) reader.join();
  CHECK(wrong == 0);
  CHECK(HotFeedCluster::recomputes(*site.server_a) == 1);
  CHECK(HotFeedCluster::recomputes(*site.server_b) == 1);
}
