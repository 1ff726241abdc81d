// A Redis that stops, dies, forgets or goes back in time while the hot feed is read and liked: no
// answer of 5xx, and no like shows later than it may.
#include <functional>
#include <thread>

#include "support/catch.hpp"
#include "support/workers.hpp"
#include "traffic.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::Site;

namespace {

void under_load(const std::function<void(Site&)>& faults) {
  Site site(support::Settings{{"hot.refresh_window", "1s"}, {"hot.lease", "500ms"}});
  test::Traffic::Options options;
  // The window, the lease of one that died, and what a busy machine adds.
  options.bound = 1500ms + 1s;
  options.pause = 10ms;
  site.one->client().get("/v1/feed/hot");
  test::Traffic traffic(site, options);
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

TEST_CASE("redis stands still for a while, twice") {
  under_load([](Site& site) {
    for (int i = 0; i < 2; ++i) {
      site.redis.freeze();
      std::this_thread::sleep_for(1200ms);  // longer than a window
      site.redis.thaw();
      std::this_thread::sleep_for(500ms);
    }
  });
}

TEST_CASE("redis is killed, is away, and comes back empty") {
  under_load([](Site& site) {
    site.redis.kill();
    std::this_thread::sleep_for(1200ms);
    site.redis.start();
    std::this_thread::sleep_for(1200ms);
    site.redis.kill();
    site.redis.start();
  });
}

TEST_CASE("redis is flushed again and again") {
  under_load([](Site& site) {
    for (int i = 0; i < 30; ++i) {
      site.redis.cli("FLUSHALL");
      std::this_thread::sleep_for(70ms);
    }
  });
}

TEST_CASE("redis is restored from an old dump") {
  under_load([](Site& site) {
    for (int i = 0; i < 3; ++i) {
      site.redis.cli("SAVE");
      std::this_thread::sleep_for(700ms);
      site.redis.kill();
      site.redis.start();  // with the ranking and the marks of then
      std::this_thread::sleep_for(300ms);
    }
  });
}

TEST_CASE("with redis away a crowd at each server costs it one recompute") {
  Site site({{"hot.refresh_window", "20s"}}, "hot.slow_refresh:300");
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
  CHECK(Site::recomputes(*site.one) == 1);
  CHECK(Site::recomputes(*site.two) == 1);
}
