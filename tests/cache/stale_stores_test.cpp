// Races of writers and readers over Redis. A write changes the source, then invalidates the cache.
// FEEDCTL_LONG=1 makes a hundred thousand writes.
#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "cache/cache.hpp"
#include "cache/redis_cache.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"
#include "support/redis_server.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using State = cache::RankingLookup::State;

namespace {

int writes() {
  return support::rounds(4000, 100000);
}

std::unique_ptr<cache::Cache> connect(const test::RedisServer& server) {
  redis::PoolOptions options;
  options.url = server.url();
  options.timeout = 20s;
  return cache::make_redis_cache(options);
}

void random_delay(std::mt19937& random) {
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 400));
}

// For each moment the number of the last write before it.
class WriteHistory {
 public:
  void add(std::int64_t write) {
    const std::lock_guard lock(mutex_);
    writes_.push_back({Clock::now(), write});
    if (writes_.size() > 200000) writes_.pop_front();
  }
  std::int64_t value_at(Clock::time_point moment) {
    const std::lock_guard lock(mutex_);
    for (auto one = writes_.rbegin(); one != writes_.rend(); ++one) {
      if (one->first <= moment) return one->second;
    }
    return 0;
  }

 private:
  std::mutex mutex_;
  std::deque<std::pair<Clock::time_point, std::int64_t>> writes_;
};

// Calls `read` in four threads while this thread calls `write` so many times.
void run_race(int times, const std::function<void(int)>& write,
              const std::function<void(std::mt19937&)>& read) {
  std::atomic<bool> over{false};
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 4; ++i) {
    readers.emplace_back([&, i] {
      std::mt19937 random(i);
      while (!over) read(random);
    });
  }
  for (int i = 1; i <= times; ++i) write(i);
  over = true;
  for (auto& reader : readers) reader.join();
}

}  // namespace

TEST_CASE("an invalidated value is never served again, however concurrent stores interleave") {
  test::RedisServer server;
  const auto writer = connect(server), reader = connect(server);
  std::atomic<std::int64_t> truth{0}, told{0};
  std::atomic<int> stale{0}, fresh{0}, fills{0}, refused{0};
  const std::string keys[] = {"post:1"};
  run_race(
      writes(),
      [&](int i) {
        truth = i;
        writer->invalidate(keys);
        told = i;
        if (i % 4 == 0) std::this_thread::sleep_for(300us);
      },
      [&](std::mt19937& random) {
        const auto least = told.load();
        const auto read = reader->read_entry(keys[0], '1', 500ms);
        if (read.state == State::fresh) {
          ++fresh;
          stale += std::stoll(*read.body) < least;
        }
        if (read.state != State::compute) return;
        const auto body = std::to_string(truth.load());
        random_delay(random);
        const bool stored = reader->store_entry(keys[0], '1', read.token, body, {60s, 60s});
        ++(stored ? fills : refused);
      });
  WARN(writes() << " writes, " << fresh << " reads of " << fills << " fills, " << refused
                << " refused");
  CHECK(stale == 0);
  CHECK(fresh > 0);
  CHECK(refused > 0);
}

TEST_CASE("a ranking served as fresh includes every write older than one window") {
  constexpr auto window = 50ms;
  test::RedisServer server;
  const auto writer = connect(server), reader = connect(server);
  WriteHistory history;
  std::atomic<std::int64_t> truth{0};
  std::atomic<int> stale{0}, fresh{0}, fills{0};
  run_race(
      writes(),
      [&](int i) {
        truth = i;
        writer->mark_dirty("r", i % 50 == 0);
        history.add(i);
        if (i % 4 == 0) std::this_thread::sleep_for(300us);
      },
      [&](std::mt19937& random) {
        const auto least = history.value_at(Clock::now() - window);
        const auto read = reader->read_ranking("r", "r:lock", window, 500ms);
        if (read.state == State::fresh) {
          ++fresh;
          stale += std::stoll(read.body) < least;
        }
        if (read.state != State::compute) return;
        const auto body = std::to_string(truth.load());
        random_delay(random);
        fills += reader->store_ranking("r", "r:lock", read.token, body, 60s, false);
      });
  WARN(writes() << " writes, " << fresh << " fresh reads of " << fills << " fills");
  CHECK(stale == 0);
  CHECK(fresh > 0);
  CHECK(fills > 2);
}
