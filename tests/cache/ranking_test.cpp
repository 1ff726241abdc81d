#include <atomic>
#include <thread>
#include <vector>

#include "each_cache.hpp"
#include "support/stopwatch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::RankingLookup::State;

namespace {

constexpr auto key = "hotfeed:feed:hot:1000";
constexpr auto lock_key = "hotfeed:lock:feed:hot:1000";

// One ranking of a cache, with the times of a test.
struct RankingClient {
  cache::Cache& cache;
  std::chrono::milliseconds window{0};
  std::chrono::milliseconds lease{10000};

  cache::RankingLookup read() { return cache.read_ranking(key, lock_key, window, lease); }
  bool fill(const std::string& token, const std::string& body, bool stale = false) {
    return cache.store_ranking(key, lock_key, token, body, 60s, stale);
  }
  void fill_new(const std::string& body) {
    const auto leased = read();
    REQUIRE(leased.state == State::compute);
    REQUIRE(fill(leased.token, body));
  }
};

}  // namespace

TEST_CASE("the first reader of a missing ranking computes it, the others wait and then read it") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    const auto first = hot.read();
    CHECK(first.state == State::compute);
    CHECK(first.body.empty());
    CHECK_FALSE(first.token.empty());
    CHECK(hot.read().state == State::pending);
    CHECK(hot.fill(first.token, "one"));
    const auto after = hot.read();
    CHECK(after.state == State::fresh);
    CHECK(after.body == "one");
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a dirty ranking is recomputed once and served as stale meanwhile") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    hot.fill_new("one");
    cache.mark_dirty(key, false);
    const auto leased = hot.read();
    CHECK(leased.state == State::compute);
    CHECK(leased.body == "one");
    const auto waiting = hot.read();
    CHECK(waiting.state == State::pending);
    CHECK(waiting.body == "one");
    CHECK(hot.fill(leased.token, "two"));
    CHECK(hot.read().state == State::fresh);
    CHECK(hot.read().body == "two");
  });
}

TEST_CASE("a dirty mark set during a computation is not cleared when its result is stored") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    hot.fill_new("one");
    cache.mark_dirty(key, false);
    const auto leased = hot.read();
    cache.mark_dirty(key, false);
    CHECK(hot.fill(leased.token, "two"));
    const auto next = hot.read();
    CHECK(next.state == State::compute);
    CHECK(next.body == "two");
    CHECK(hot.fill(next.token, "three"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("likes start at most one computation a window") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 300ms};
    hot.fill_new("one");
    const auto filled = std::chrono::steady_clock::now();
    int computed = 0;
    while (support::is_within(filled, 1000ms) || computed < 2) {
      cache.mark_dirty(key, false);
      const auto read = hot.read();
      if (read.state == State::compute) {
        ++computed;
        hot.fill(read.token, "more");
      }
      std::this_thread::sleep_for(1ms);
    }
    CHECK(computed <= (std::chrono::steady_clock::now() - filled) / 300ms);
  });
}

TEST_CASE("without a dirty mark a ranking stays fresh beyond its window") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 20ms};
    hot.fill_new("one");
    std::this_thread::sleep_for(50ms);
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a fresh ranking says how long ago its computation began") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    const auto leased = hot.read();
    std::this_thread::sleep_for(30ms);
    REQUIRE(hot.fill(leased.token, "one"));
    const auto read = hot.read();
    REQUIRE(read.state == State::fresh);
    CHECK(read.age >= 29ms);
    CHECK(read.age < 20s);
    std::this_thread::sleep_for(30ms);
    CHECK(hot.read().age >= read.age + 29ms);
  });
}

TEST_CASE("a ranking expires") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 10s};
    const auto token = hot.read().token;
    const support::Stopwatch filled;
    CHECK(cache.store_ranking(key, lock_key, token, "one", 50ms, false));
    const auto state = hot.read().state;
    if (filled.is_within(50ms)) CHECK(state == State::fresh);
    std::this_thread::sleep_for(60ms);
    const auto read = hot.read();
    CHECK(read.state == State::compute);
    CHECK(read.body.empty());
  });
}

TEST_CASE(
    "a result stored as stale is served and recomputed by the next reader, regardless of the "
    "window") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 10s};
    CHECK(hot.fill(hot.read().token, "old", true));
    const auto next = hot.read();
    CHECK(next.state == State::compute);
    CHECK(next.body == "old");
    CHECK(hot.fill(next.token, "new"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a dropped ranking is not served again, even within the window") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 10s};
    hot.fill_new("with a deleted post");
    cache.mark_dirty(key, true);
    const auto read = hot.read();
    CHECK(read.state == State::compute);
    CHECK(read.body.empty());
  });
}

TEST_CASE("a ranking dropped during its computation is stored as stale") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 10s};
    const auto running = hot.read();
    cache.mark_dirty(key, true);
    CHECK(hot.read().state == State::pending);  // a live lease is never deleted
    CHECK(hot.fill(running.token, "maybe with a deleted post"));
    const auto next = hot.read();
    CHECK(next.state == State::compute);
    CHECK(hot.fill(next.token, "without"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE(
    "a lease holder that dies blocks others only until its lease ends, and its late store or "
    "release is ignored") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache, 0ms, 50ms};
    const support::Stopwatch leased;
    const auto dead = hot.read();
    hot.lease = 10s;
    const auto meanwhile = hot.read();
    if (leased.is_within(50ms)) {
      CHECK(meanwhile.state == State::pending);
    } else if (meanwhile.state == State::compute) {
      cache.release_ranking_lease(key, lock_key, meanwhile.token);
    }
    std::this_thread::sleep_for(60ms);
    const auto next = hot.read();
    REQUIRE(next.state == State::compute);
    CHECK_FALSE(hot.fill(dead.token, "late"));
    cache.release_ranking_lease(key, lock_key, dead.token);
    CHECK(hot.read().state == State::pending);
    CHECK(hot.fill(next.token, "right"));
    CHECK(hot.read().body == "right");
    CHECK_FALSE(hot.fill(next.token, "again"));
    CHECK_FALSE(hot.fill("", "nobody's"));
  });
}

TEST_CASE("a held lock is refused, and granted again after its release") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    const auto first = hot.read();
    CHECK(first.state == State::compute);
    CHECK(hot.read().state == State::pending);
    cache.release_ranking_lease(key, lock_key, first.token);
    CHECK(hot.read().state == State::compute);
  });
}

TEST_CASE("a ranking over a mebibyte is not stored and its lease is released") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    CHECK_FALSE(hot.fill(hot.read().token, std::string(cache::max_value_bytes + 1, 'x')));
    CHECK(hot.read().state == State::compute);
  });
}

TEST_CASE("of many concurrent readers one computes per dirty mark") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    for (int round = 0; round < 20; ++round) {
      cache.mark_dirty(key, false);
      std::atomic<int> leases{0};
      std::vector<std::thread> readers;
      for (int i = 0; i < 6; ++i) {
        readers.emplace_back([&] {
          const auto read = hot.read();
          if (read.state != State::compute) return;
          ++leases;
          std::this_thread::sleep_for(2ms);
          hot.fill(read.token, "body");
        });
      }
      for (auto& reader : readers) reader.join();
      CHECK(leases == 1);
    }
  });
}

TEST_CASE("a ranking that lacks a write marked before the read is never returned as fresh") {
  test::for_each_cache([](cache::Cache& cache) {
    RankingClient hot{cache};
    std::atomic<int> committed{0}, marked{0}, wrong{0}, fresh{0}, fills{0};
    std::atomic<bool> over{false};
    // A busy machine gets to everything later.
    const auto has_enough = [&] { return fresh > 20 && fills > 20; };
    std::thread writer([&] {
      for (int i = 1; i <= 300 || (!has_enough() && i < 100'000); ++i) {
        committed = i;
        cache.mark_dirty(key, i % 50 == 0);
        marked = i;
        if (i % 3 == 0) std::this_thread::sleep_for(1ms);
      }
      over = true;
    });
    const auto reader = [&] {
      while (!over) {
        const int least = marked;
        const auto read = hot.read();
        if (read.state == State::fresh) ++fresh, wrong += std::stoi(read.body) < least;
        if (read.state == State::compute) fills += hot.fill(read.token, std::to_string(committed));
      }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) readers.emplace_back(reader);
    writer.join();
    for (auto& thread : readers) thread.join();
    const auto last = hot.read();
    if (last.state == State::compute) hot.fill(last.token, std::to_string(committed));
    CHECK(hot.read().body == std::to_string(committed));
    CHECK(wrong == 0);
    CHECK(fresh > 20);
    CHECK(fills > 20);
  });
}
