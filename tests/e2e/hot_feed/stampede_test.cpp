#include <thread>

#include "base/json.hpp"
#include "concurrent_clients.hpp"
#include "hot_feed_cluster.hpp"
#include "like_traffic.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedCluster;

TEST_CASE(
    "a thousand concurrent readers of an empty cache at two servers cause one recompute, however "
    "slow") {
  HotFeedCluster site({{"hot.refresh_window", "20s"}}, "hot.slow_refresh=delay:300");
  test::ConcurrentClients at_one(site.server_a->port(), 500), at_two(site.server_b->port(), 500);
  at_one.send_all("/v1/feed/hot");
  at_two.send_all("/v1/feed/hot");
  for (auto* crowd : {&at_one, &at_two}) {
    auto answers = crowd->wait_for_statuses(120s);
    INFO(answers[200] << " answered, " << answers[503] << " sent away");
    CHECK(answers[200] > 16);                   // more than there are threads to wait in
    CHECK(answers[200] + answers[503] == 500);  // the queue is bounded
  }
  CHECK(site.server_a->client().get("/v1/feed/hot").status == 200);
  CHECK(site.server_b->client().get("/v1/feed/hot").status == 200);
  CHECK(site.recomputes() <= 1 + site.extra_recomputes());
}

// False where the machine was so slow that the first server was done before it was killed.
static bool kill_in_the_middle() {
  HotFeedCluster site({{"hot.refresh_window", "20s"}, {"hot.lease", "4s"}},
                      "hot.slow_refresh=delay:300");
  test::ConcurrentClients at_one(site.server_a->port(), 300), at_two(site.server_b->port(), 300);
  at_one.send_all("/v1/feed/hot");
  const auto done = [&] { return site.redis.cli("EXISTS hotfeed:feed:hot:1000") == "1"; };
  REQUIRE(support::eventually(
      20s, [&] { return site.redis.cli("EXISTS hotfeed:lock:feed:hot:1000") == "1" || done(); }));
  at_two.send_all("/v1/feed/hot");
  std::this_thread::sleep_for(50ms);
  site.server_a->kill();
  if (done()) return false;
  auto answers = at_two.wait_for_statuses(120s);
  INFO(answers[200] << " answered, " << answers[503] << " sent away");
  CHECK(answers[200] + answers[503] == 300);  // who would wait for too long is sent away
  CHECK(site.server_b->client().get("/v1/feed/hot").status == 200);
  CHECK(HotFeedCluster::recomputes(*site.server_b) <=
        1 + HotFeedCluster::extra_recomputes(*site.server_b));
  return true;
}

TEST_CASE("if the recomputing server is killed, readers of the other cause one more recompute") {
  bool killed = false;
  for (int attempt = 0; attempt < 10 && !killed; ++attempt) killed = kill_in_the_middle();
  CHECK(killed);
}

TEST_CASE(
    "a storm of likes causes at most one recompute per window, and every like shows in time") {
  constexpr auto window = 1000ms;
  HotFeedCluster site(support::Settings{{"hot.refresh_window", "1s"}});
  test::LikeTraffic::Options options;
  options.max_staleness = window + 1500ms;  // the window, and what a busy machine adds
  options.max_likes_per_writer = support::rounds(400, 25000);
  options.pause = options.max_likes_per_writer > 1000 ? 0ms : 10ms;
  site.server_a->client().get("/v1/feed/hot");
  const auto before = site.recomputes();
  const auto start = std::chrono::steady_clock::now();
  test::LikeTraffic traffic(site, options);
  while (!traffic.has_finished()) std::this_thread::sleep_for(10ms);
  // The last likes are looked for, too.
  const int before_last = traffic.reads;
  REQUIRE(support::eventually(60s, [&] { return traffic.reads >= before_last + 8; }));
  traffic.stop();
  const auto windows = (std::chrono::steady_clock::now() - start) / window + 1;
  const auto recomputes = site.recomputes() - before;
  WARN(traffic.likes << " likes, " << traffic.reads << " reads, " << recomputes << " recomputes in "
                     << windows << " windows");
  CHECK(traffic.failures() == "");
  CHECK(traffic.likes == 4 * options.max_likes_per_writer);
  CHECK(traffic.late == 0);
  CHECK(recomputes >= 2);
  CHECK(recomputes <= static_cast<double>(windows) + site.extra_recomputes());
}

TEST_CASE("deletions drop the ranking, and cause at most one recompute at a time") {
  HotFeedCluster site({{"hot.refresh_window", "20s"}}, "hot.slow_refresh=delay:50");
  const auto http = site.server_a->client();
  std::vector<std::jthread> readers;  // end with the test, also by an exception
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&, i](const std::stop_token& stop) {
      const auto client = site.server(i).client();
      while (!stop.stop_requested()) {
        client.get("/v1/feed/hot");
        std::this_thread::sleep_for(1ms);  // leaves the servers a share of the processors
      }
    });
  }
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    const auto made =
        http.send_until_available("POST", "/v1/feed/posts/", R"({"text":"soon gone"})");
    const auto id = support::integer_in(made, "id");
    const auto status =
        http.send_until_available("DELETE", "/v1/posts/" + std::to_string(id)).status;
    CHECK((status == 204 || status == 404));  // 404: the one before was carried out
    CHECK(http.get("/v1/feed/hot").body.find("soon gone") == std::string::npos);
    std::this_thread::sleep_for(10ms);
  }
  readers.clear();
  const auto time = std::chrono::steady_clock::now() - start;
  CHECK(site.recomputes() <= static_cast<double>(time / 50ms) + 1 + site.extra_recomputes());
}
