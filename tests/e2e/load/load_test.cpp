// Many clients at once against a whole serve: every answer is good, nothing is counted twice or
// lost, nobody waits long. The figures are printed.
#include <algorithm>
#include <atomic>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/server_process.hpp"
#include "support/test_servers.hpp"

namespace feedctl {
namespace {

using Clock = std::chrono::steady_clock;
using support::HttpClient;
using support::HttpHeaders;
using support::HttpResponse;

constexpr int clients = 8;
constexpr std::chrono::seconds load_duration{3};
constexpr std::size_t user_count = 40;
constexpr std::size_t first_posts = 40;

HttpHeaders as(std::int64_t user) {
  return {{"X-User-Id", std::to_string(user)}};
}

std::int64_t id_of(const HttpResponse& answer) {
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  return support::integer_in(answer, "id");
}

struct LoadWorld {
  std::vector<std::int64_t> users;
  std::vector<std::int64_t> posts;
};

LoadWorld make_world(const HttpClient& http) {
  LoadWorld world;
  for (std::size_t i = 0; i < user_count; ++i) {
    world.users.push_back(
        id_of(http.post("/v1/users", R"({"handle":"person_)" + std::to_string(i) + "\"}")));
  }
  for (std::size_t i = 0; i < first_posts; ++i) {
    const auto author = world.users[i % user_count];
    world.posts.push_back(id_of(http.post("/v1/posts", R"({"text":"first"})", as(author))));
    for (std::size_t step = 1; step <= 10; ++step) {
      const auto target =
          "/v1/users/" + std::to_string(world.users[(i + step) % user_count]) + "/follow";
      REQUIRE(http.post(target, "", as(author)).status == 200);
    }
  }
  return world;
}

struct RequestTally {
  std::vector<double> milliseconds;
  std::vector<std::string> failures;
  int likes = 0;
  int posts = 0;
};

class SimulatedUser {
 public:
  SimulatedUser(const HttpClient& http, const LoadWorld& world, unsigned seed)
      : http_(http), world_(world), random_(seed) {}

  RequestTally run_until(Clock::time_point end) {
    while (Clock::now() < end) step();
    return std::move(tally_);
  }

 private:
  std::size_t random_below(std::size_t top) {
    return std::uniform_int_distribution<std::size_t>(0, top - 1)(random_);
  }

  void step() {
    const auto me = world_.users[random_below(world_.users.size())];
    const auto what = random_below(10);
    if (what < 5) {
      timed({200}, [&] { return http_.get("/v1/feed?limit=20", as(me)); });
    } else if (what < 7) {
      timed({200}, [&] { return http_.get("/v1/feed/hot?limit=20"); });
    } else if (what < 9) {
      const auto post = std::to_string(world_.posts[random_below(world_.posts.size())]);
      // 200: it was there already.
      const int status = timed({200, 201}, [&] {
        return http_.post("/v1/likes", "{\"post_id\":" + post + "}", as(me));
      });
      tally_.likes += status == 201;
    } else {
      timed({201}, [&] { return http_.post("/v1/posts", R"({"text":"under load"})", as(me)); });
      ++tally_.posts;
    }
  }

  template <typename Call>
  int timed(std::initializer_list<int> good, const Call& call) {
    const auto begin = Clock::now();
    const HttpResponse answer = call();
    tally_.milliseconds.push_back(
        std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    if (std::find(good.begin(), good.end(), answer.status) == good.end()) {
      tally_.failures.push_back(std::to_string(answer.status) + " " + answer.body);
    }
    return answer.status;
  }

  const HttpClient& http_;
  const LoadWorld& world_;
  std::mt19937 random_;
  RequestTally tally_;
};

RequestTally run_clients(const HttpClient& http, const LoadWorld& world) {
  std::mutex mutex;
  RequestTally all;
  const auto end = Clock::now() + load_duration;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      const auto one = SimulatedUser(http, world, i).run_until(end);
      std::lock_guard lock(mutex);
      all.milliseconds.insert(all.milliseconds.end(), one.milliseconds.begin(),
                              one.milliseconds.end());
      all.failures.insert(all.failures.end(), one.failures.begin(), one.failures.end());
      all.likes += one.likes;
      all.posts += one.posts;
    });
  }
  for (auto& thread : threads) thread.join();
  std::sort(all.milliseconds.begin(), all.milliseconds.end());
  return all;
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

TEST_CASE("a mixed load is answered in time and counted exactly") {
  const support::FreshDatabase database;
  support::ServerProcess serve(database, {{"redis.url", support::redis_url(0)}});
  const auto http = serve.client();
  const auto world = make_world(http);
  const auto all = run_clients(http, world);

  std::cout << all.milliseconds.size() / static_cast<std::size_t>(load_duration.count())
            << " requests/s, p50 " << percentile(all.milliseconds, 0.5) << " ms, p99 "
            << percentile(all.milliseconds, 0.99) << " ms, longest " << all.milliseconds.back()
            << " ms\n";
  INFO((all.failures.empty() ? "" : all.failures.front()));
  CHECK(all.failures.empty());
  CHECK(percentile(all.milliseconds, 0.99) < 5000);  // busy as the machine may be
  CHECK(database.execute("SELECT count(*) FROM likes") == std::to_string(all.likes));
  CHECK(database.execute("SELECT sum(like_count) FROM post_likes") == std::to_string(all.likes));
  CHECK(database.execute("SELECT count(*) FROM posts") ==
        std::to_string(first_posts + static_cast<std::size_t>(all.posts)));
  CHECK(serve.stop() == 0);
}

}  // namespace feedctl
