#include <atomic>
#include <thread>
#include <vector>

#include "each_cache.hpp"
#include "support/within.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using State = cache::RankingRead::State;

namespace {

constexpr auto key = "hotfeed:feed:hot:1000";
constexpr auto lock_key = "hotfeed:lock:feed:hot:1000";

// One ranking of a cache, with the times of a test.
struct Ranking {
  cache::Cache& cache;
  std::chrono::milliseconds window{0};
  std::chrono::milliseconds lease{10000};

  cache::RankingRead read() { return cache.read_ranking(key, lock_key, window, lease); }
  bool fill(const std::string& token, const std::string& body, bool stale = false) {
    return cache.fill_ranking(key, lock_key, token, body, 60s, stale);
  }
  void fill_new(const std::string& body) {
    const auto leased = read();
    REQUIRE(leased.state == State::lease);
    REQUIRE(fill(leased.token, body));
  }
};

}  // namespace

TEST_CASE("the first reader of a ranking computes, the others wait, then all have it") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    const auto first = hot.read();
    CHECK(first.state == State::lease);
    CHECK(first.body.empty());
    CHECK_FALSE(first.token.empty());
    CHECK(hot.read().state == State::wait);
    CHECK(hot.fill(first.token, "one"));
    const auto after = hot.read();
    CHECK(after.state == State::fresh);
    CHECK(after.body == "one");
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a dirty ranking is computed again, once, and shown as stale meanwhile") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    hot.fill_new("one");
    cache.mark_dirty(key, false);
    const auto leased = hot.read();
    CHECK(leased.state == State::lease);
    CHECK(leased.body == "one");
    const auto waiting = hot.read();
    CHECK(waiting.state == State::wait);
    CHECK(waiting.body == "one");
    CHECK(hot.fill(leased.token, "two"));
    CHECK(hot.read().state == State::fresh);
    CHECK(hot.read().body == "two");
  });
}

TEST_CASE("a mark set while the ranking is computed is not cleared by the fill") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    hot.fill_new("one");
    cache.mark_dirty(key, false);
    const auto leased = hot.read();
    cache.mark_dirty(key, false);
    CHECK(hot.fill(leased.token, "two"));
    const auto next = hot.read();
    CHECK(next.state == State::lease);
    CHECK(next.body == "two");
    CHECK(hot.fill(next.token, "three"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("likes start at most one computation a window") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 300ms};
    hot.fill_new("one");
    const auto filled = std::chrono::steady_clock::now();
    int computed = 0;
    while (support::within(filled, 1000ms) || computed < 2) {
      cache.mark_dirty(key, false);
      const auto read = hot.read();
      if (read.state == State::lease) {
        ++computed;
        hot.fill(read.token, "more");
      }
      std::this_thread::sleep_for(1ms);
    }
    CHECK(computed <= (std::chrono::steady_clock::now() - filled) / 300ms);
  });
}

TEST_CASE("without a mark a ranking outlives its window") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 20ms};
    hot.fill_new("one");
    std::this_thread::sleep_for(50ms);
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a fresh ranking says how long ago its computation began") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
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
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 10s};
    const auto token = hot.read().token;
    const support::Since filled;
    CHECK(cache.fill_ranking(key, lock_key, token, "one", 50ms, false));
    const auto state = hot.read().state;
    if (filled.within(50ms)) CHECK(state == State::fresh);
    std::this_thread::sleep_for(60ms);
    const auto read = hot.read();
    CHECK(read.state == State::lease);
    CHECK(read.body.empty());
  });
}

TEST_CASE("a stale fill is shown and computed again by the next reader, window or not") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 10s};
    CHECK(hot.fill(hot.read().token, "old", true));
    const auto next = hot.read();
    CHECK(next.state == State::lease);
    CHECK(next.body == "old");
    CHECK(hot.fill(next.token, "new"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a dropped body is gone at once, even within the window") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 10s};
    hot.fill_new("with a deleted post");
    cache.mark_dirty(key, true);
    const auto read = hot.read();
    CHECK(read.state == State::lease);
    CHECK(read.body.empty());
  });
}

TEST_CASE("what was being computed when the body was dropped is stored as stale") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 10s};
    const auto running = hot.read();
    cache.mark_dirty(key, true);
    CHECK(hot.read().state == State::wait);  // a live lease is never deleted
    CHECK(hot.fill(running.token, "maybe with a deleted post"));
    const auto next = hot.read();
    CHECK(next.state == State::lease);
    CHECK(hot.fill(next.token, "without"));
    CHECK(hot.read().state == State::fresh);
  });
}

TEST_CASE("a holder that dies costs its lease, and its late fill or release harms nobody") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache, 0ms, 50ms};
    const support::Since leased;
    const auto dead = hot.read();
    hot.lease = 10s;
    const auto meanwhile = hot.read();
    if (leased.within(50ms)) {
      CHECK(meanwhile.state == State::wait);
    } else if (meanwhile.state == State::lease) {
      cache.release_ranking(key, lock_key, meanwhile.token);
    }
    std::this_thread::sleep_for(60ms);
    const auto next = hot.read();
    REQUIRE(next.state == State::lease);
    CHECK_FALSE(hot.fill(dead.token, "late"));
    cache.release_ranking(key, lock_key, dead.token);
    CHECK(hot.read().state == State::wait);
    CHECK(hot.fill(next.token, "right"));
    CHECK(hot.read().body == "right");
    CHECK_FALSE(hot.fill(next.token, "again"));
    CHECK_FALSE(hot.fill("", "nobody's"));
  });
}

TEST_CASE("lock, lock, release, lock: true, false, true") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    const auto first = hot.read();
    CHECK(first.state == State::lease);
    CHECK(hot.read().state == State::wait);
    cache.release_ranking(key, lock_key, first.token);
    CHECK(hot.read().state == State::lease);
  });
}

TEST_CASE("a body over a mebibyte is not stored and its lease is given back") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    CHECK_FALSE(hot.fill(hot.read().token, std::string(cache::max_value_bytes + 1, 'x')));
    CHECK(hot.read().state == State::lease);
  });
}

TEST_CASE("of many readers at once one computes, at each dirty mark") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    for (int round = 0; round < 20; ++round) {
      cache.mark_dirty(key, false);
      std::atomic<int> leases{0};
      std::vector<std::thread> readers;
      for (int i = 0; i < 6; ++i) {
        readers.emplace_back([&] {
          const auto read = hot.read();
          if (read.state != State::lease) return;
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

TEST_CASE("no body that lacks a write marked before the read is given as fresh") {
  test::each_cache([](cache::Cache& cache) {
    Ranking hot{cache};
    std::atomic<int> committed{0}, marked{0};
    std::thread writer([&] {
      for (int i = 1; i <= 300; ++i) {
        committed = i;
        cache.mark_dirty(key, i % 50 == 0);
        marked = i;
        if (i % 3 == 0) std::this_thread::sleep_for(1ms);
      }
    });
    std::atomic<int> wrong{0}, fresh{0}, fills{0};
    const auto reader = [&] {
      while (marked < 300) {
        const int least = marked;
        const auto read = hot.read();
        if (read.state == State::fresh) ++fresh, wrong += std::stoi(read.body) < least;
        if (read.state == State::lease) fills += hot.fill(read.token, std::to_string(committed));
      }
    };
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) readers.emplace_back(reader);
    writer.join();
    for (auto& thread : readers) thread.join();
    const auto last = hot.read();
    if (last.state == State::lease) hot.fill(last.token, std::to_string(committed));
    CHECK(hot.read().body == "300");
    CHECK(wrong == 0);
    CHECK(fresh > 20);
    CHECK(fills > 20);
  });
}
