#include "hot/ranking.hpp"

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "hot_feed_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;

namespace {

// Runs a test over Redis and over the process's own memory.
void for_each_cache(
    const std::function<void(const std::function<std::unique_ptr<cache::Cache>()>&)>& body) {
  SECTION("with redis") {
    const int number = test::new_redis();
    body([number] { return test::redis_cache(number); });
  }
  SECTION("without redis") {
    body([] { return cache::make_memory_cache(); });
  }
}

std::size_t run_concurrently(int threads, const std::function<void(int)>& work) {
  std::vector<std::thread> running;
  std::atomic<std::size_t> failed{0};
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      try {
        work(i);
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (auto& thread : running) thread.join();
  return failed;
}

}  // namespace

TEST_CASE("two reads compute once, and a like makes the next read compute again") {
  for_each_cache([](const auto& make_cache) {
    support::FreshDatabase fresh;
    HotFeedProcess process(fresh, make_cache(), test::with_window(0ms));
    const auto a = process.add_post(), b = process.add_post();
    process.like(1, a);
    const auto before = test::recompute_count();
    CHECK(process.ids() == std::vector<Id>{a, b});
    CHECK(process.ids() == std::vector<Id>{a, b});
    CHECK(test::recompute_count() == before + 1);
    process.like(1, b);
    CHECK(process.ids() == std::vector<Id>{b, a});
    CHECK(test::recompute_count() == before + 2);
    process.unlike(1, b);
    CHECK(process.ids() == std::vector<Id>{a, b});
    CHECK(test::recompute_count() == before + 3);
    CHECK(process.ids() == std::vector<Id>{a, b});
    CHECK(test::recompute_count() == before + 3);
  });
}

TEST_CASE("many cold readers cost one recompute") {
  for_each_cache([](const auto& make_cache) {
    support::FreshDatabase fresh;
    HotFeedProcess process(fresh, make_cache(), test::with_window(10s));
    const auto post = process.add_post();
    const auto before = test::recompute_count();
    CHECK(run_concurrently(24, [&](int) {
            if (process.ids() != std::vector<Id>{post}) throw std::runtime_error("wrong page");
          }) == 0);
    CHECK(test::recompute_count() == before + 1);
  });
}

TEST_CASE("many cold readers of several processes cost one recompute") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  HotFeedProcess one(fresh, test::redis_cache(redis), test::with_window(10s));
  HotFeedProcess two(fresh, test::redis_cache(redis), test::with_window(10s));
  HotFeedProcess three(fresh, test::redis_cache(redis), test::with_window(10s));
  HotFeedProcess* all[] = {&one, &two, &three};
  const auto post = one.add_post();
  const auto before = test::recompute_count();
  const auto start = std::chrono::steady_clock::now();
  CHECK(run_concurrently(18, [&](int i) {
          if (all[i % 3]->ids() != std::vector<Id>{post}) throw std::runtime_error("wrong page");
        }) == 0);
  // The lease of a first recompute lasts a second; a starved machine may take longer.
  const auto leases = (std::chrono::steady_clock::now() - start) / 1s;
  CHECK(test::recompute_count() >= before + 1);
  CHECK(test::recompute_count() <= before + 1 + static_cast<double>(leases));
}

TEST_CASE("likes cost at most one recompute a window over all processes, and show within it") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  constexpr auto window = 400ms;
  HotFeedProcess one(fresh, test::redis_cache(redis), test::with_window(window));
  HotFeedProcess two(fresh, test::redis_cache(redis), test::with_window(window));
  HotFeedProcess* all[] = {&one, &two};
  const auto post = one.add_post();
  one.ids();
  const auto before = test::recompute_count();
  const auto start = std::chrono::steady_clock::now();
  std::atomic<Id> liked{0};
  std::atomic<int> late{0};
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (Id user = 1; !over; ++user) {
      one.like(user, post);
      liked = user;
      std::this_thread::sleep_for(2ms);
    }
  });
  CHECK(run_concurrently(4, [&](int i) {
          while (test::is_within(start, 1400ms) || test::recompute_count() < before + 3) {
            const Id then = liked;
            std::this_thread::sleep_for(window);
            late += !support::eventually([&] { return all[i % 2]->ranking()[0].score >= then; });
            if (!test::is_within(start, 60s)) return;
          }
        }) == 0);
  over = true;
  writer.join();
  const auto windows = (std::chrono::steady_clock::now() - start) / window;
  const auto computed = test::recompute_count() - before;
  CHECK(late == 0);
  CHECK(computed >= 3);
  CHECK(computed <= static_cast<double>(windows) + 1);
}

TEST_CASE("a ranking read late in a window is not kept for another whole window") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  constexpr auto window = 600ms;
  HotFeedProcess one(fresh, test::redis_cache(redis), test::with_window(window));
  HotFeedProcess two(fresh, test::redis_cache(redis), test::with_window(window));
  const auto post = one.add_post();
  const auto start = std::chrono::steady_clock::now();
  one.ids();
  one.like(1, post);
  const auto liked = std::chrono::steady_clock::now();
  std::this_thread::sleep_until(start + 450ms);
  two.ids();
  std::this_thread::sleep_until(liked + window);
  CHECK(two.ranking()[0].score == 1);
}

TEST_CASE("without redis a process sees another one's likes after its window") {
  for (const auto window : {0ms, 100ms}) {
    support::FreshDatabase fresh;
    HotFeedProcess one(fresh, cache::make_memory_cache(), test::with_window(window));
    HotFeedProcess two(fresh, cache::make_memory_cache(), test::with_window(window));
    const auto a = one.add_post(), b = one.add_post();
    CHECK(two.ids() == std::vector<Id>{b, a});
    one.like(1, a);
    std::this_thread::sleep_for(window + 1ms);
    CHECK(two.ids() == std::vector<Id>{a, b});
    const auto before = test::recompute_count();
    std::this_thread::sleep_for(window + 1ms);
    CHECK(two.ids() == std::vector<Id>{a, b});  // nothing new: nothing computed
    CHECK(test::recompute_count() == before);
  }
}

TEST_CASE("a like whose dirty mark never reaches Redis still shows after a window") {
  for (const auto window : {0ms, 200ms}) {
    support::FreshDatabase fresh;
    HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(window));
    HotFeedProcess elsewhere(fresh, cache::make_memory_cache(), test::with_window(window));
    const auto a = process.add_post(), b = process.add_post();
    CHECK(process.ids() == std::vector<Id>{b, a});
    elsewhere.like(1, a);
    std::this_thread::sleep_for(window + 1ms);
    CHECK(process.ids() == std::vector<Id>{a, b});
    std::this_thread::sleep_for(window + 1ms);
    elsewhere.like(1, b);
    elsewhere.like(2, b);
    std::this_thread::sleep_for(window + 1ms);
    CHECK(process.ids() == std::vector<Id>{b, a});
    const auto before = test::recompute_count();
    std::this_thread::sleep_for(window + 1ms);
    CHECK(process.ids() == std::vector<Id>{b, a});  // nothing new: nothing computed
    CHECK(test::recompute_count() == before);
  }
}

TEST_CASE("a like made after the log was checked shows within a window of that check") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(800ms));
  HotFeedProcess elsewhere(fresh, cache::make_memory_cache(), test::with_window(800ms));
  const auto a = process.add_post(), b = process.add_post();
  process.ids();
  std::this_thread::sleep_for(810ms);
  const auto asked = std::chrono::steady_clock::now();
  CHECK(process.ids() == std::vector<Id>{b, a});
  elsewhere.like(1, a);
  const auto liked = std::chrono::steady_clock::now();
  std::this_thread::sleep_until(asked + 600ms);
  process.ids();  // from Redis, without a query
  std::this_thread::sleep_until(liked + 801ms);
  CHECK(process.ids() == std::vector<Id>{a, b});
}

TEST_CASE("the log is checked once per window") {
  for_each_cache([](const auto& make_cache) {
    support::FreshDatabase fresh;
    HotFeedProcess process(fresh, make_cache(), test::with_window(1000ms));
    const auto post = process.add_post();
    process.ids();
    std::this_thread::sleep_for(1010ms);
    const auto asked = std::chrono::steady_clock::now();
    CHECK(process.ids() == std::vector<Id>{post});
    const auto answered = std::chrono::steady_clock::now();
    fresh.execute("ALTER TABLE events RENAME TO gone");
    std::this_thread::sleep_until(asked + 600ms);
    if (test::is_within(asked, 900ms)) CHECK(process.ids() == std::vector<Id>{post});
    std::this_thread::sleep_until(answered + 1001ms);
    CHECK_THROWS(process.ids());
  });
}

TEST_CASE("a deleted post disappears immediately in every process") {
  for_each_cache([](const auto& make_cache) {
    support::FreshDatabase fresh;
    HotFeedProcess one(fresh, make_cache(), test::with_window(10s));
    HotFeedProcess two(fresh, make_cache(), test::with_window(10s));
    const auto a = one.add_post(), b = one.add_post(), c = one.add_post();
    CHECK(one.ids() == std::vector<Id>{c, b, a});
    CHECK(two.ids() == std::vector<Id>{c, b, a});
    one.posts.remove(b, std::nullopt, false);
    CHECK(one.ids() == std::vector<Id>{c, a});
    CHECK(two.ids() == std::vector<Id>{c, a});
  });
}

TEST_CASE("a deleted post is replaced at its rank by the next one") {
  support::FreshDatabase fresh;
  hot::Options options = test::with_window(10s);
  options.max_posts = 2;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), options);
  const auto a = process.add_post(), b = process.add_post(), c = process.add_post();
  CHECK(process.ids() == std::vector<Id>{c, b});
  process.posts.remove(c, std::nullopt, false);
  CHECK(process.ids() == std::vector<Id>{b, a});
}

TEST_CASE("posts of deleted accounts are not ranked, posts without an author are") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const Id gone = std::stoll(
      fresh.execute("INSERT INTO users (handle, shard) VALUES ('gone', 0) RETURNING id"));
  const Id here = std::stoll(
      fresh.execute("INSERT INTO users (handle, shard) VALUES ('here', 0) RETURNING id"));
  const auto post_of = [&](Id author) {
    const Id post = std::stoll(fresh.execute("INSERT INTO posts (author_id, shard) VALUES (" +
                                             std::to_string(author) + ", 0) RETURNING id"));
    fresh.execute("INSERT INTO post_likes (post_id) VALUES (" + std::to_string(post) + ")");
    return post;
  };
  const auto of_gone = post_of(gone), of_here = post_of(here), of_nobody = process.add_post();
  process.like(1, of_gone);
  process.like(2, of_gone);
  process.like(1, of_here);
  fresh.execute("UPDATE users SET deleted_at = now() WHERE handle = 'gone'");
  CHECK(process.ids() == std::vector<Id>{of_here, of_nobody});
}

TEST_CASE("equal scores are ordered by time, equal times by id") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  std::vector<Id> posts;
  for (int i = 0; i < 6; ++i) posts.push_back(process.add_post());
  fresh.execute("UPDATE posts SET created_at = '2025-06-01T00:00:00Z'");
  fresh.execute("UPDATE posts SET created_at = '2025-06-02T00:00:00Z' WHERE id IN (" +
                std::to_string(posts[1]) + "," + std::to_string(posts[4]) + ")");
  for (const auto i : {0U, 1U, 2U}) process.like(1, posts[i]);
  CHECK(process.ids() == std::vector<Id>{posts[1], posts[2], posts[0],  // one like each
                                         posts[4], posts[5], posts[3]});
}

TEST_CASE("a post dated in the future is not ranked before that time") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto a = process.add_post(), b = process.add_post(), late = process.add_post(),
             liked_late = process.add_post();
  process.like(1, a);
  process.like(1, liked_late);
  process.like(2, liked_late);
  fresh.execute("UPDATE posts SET created_at = now() + interval '2 seconds' WHERE id IN (" +
                std::to_string(late) + "," + std::to_string(liked_late) + ")");
  const auto before = process.ids();
  if (fresh.execute("SELECT now() < created_at FROM posts WHERE id = " + std::to_string(late)) ==
      "t")
    CHECK(before == std::vector<Id>{a, b});
  std::this_thread::sleep_for(2100ms);
  process.like(3, a);  // a refresh is due
  CHECK(process.ids() == std::vector<Id>{liked_late, a, late, b});
}

TEST_CASE("while another process aggregates, the ranking is served as it is and recomputed soon") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(0ms));
  const auto a = process.add_post(), b = process.add_post();
  CHECK(process.ids() == std::vector<Id>{b, a});
  {
    const test::AggregatorLock other(fresh);
    process.like(1, a);
    CHECK(process.ids() == std::vector<Id>{b, a});
  }
  CHECK(process.ids() == std::vector<Id>{a, b});
  const auto before = test::recompute_count();
  CHECK(process.ids() == std::vector<Id>{a, b});
  CHECK(test::recompute_count() == before);
}

TEST_CASE("a read-only database serves the scores as they are") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  HotFeedProcess writer(fresh, test::redis_cache(redis), test::with_window(0ms));
  const auto a = writer.add_post(), b = writer.add_post();
  writer.like(1, a);  // its connection was opened while writes were allowed
  writer.unlike(1, a);
  CHECK(writer.ids() == std::vector<Id>{b, a});
  fresh.execute("ALTER DATABASE " + fresh.name() + " SET default_transaction_read_only = on");
  HotFeedProcess reader(fresh, test::redis_cache(redis), test::with_window(0ms));
  writer.like(1, a);
  CHECK(reader.ids() == std::vector<Id>{b, a});
  CHECK(writer.ids() == std::vector<Id>{a, b});  // a reader may not store its ranking as current
  CHECK(reader.ids() == std::vector<Id>{a, b});
}

TEST_CASE("a ranking cached by another version is not read") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  const auto other = test::redis_cache(redis);
  const auto key = "hotfeed:feed:hot:1000", lock = "hotfeed:lock:feed:hot:1000";
  const auto leased = other->read_ranking(key, lock, 10s, 1s);
  REQUIRE(other->store_ranking(key, lock, leased.token, "2 something new", 60s, false));
  HotFeedProcess process(fresh, test::redis_cache(redis), test::with_window(10s));
  const auto post = process.add_post();
  CHECK(process.ids() == std::vector<Id>{post});
  CHECK(other->read_ranking(key, lock, 10s, 1s).body.substr(0, 2) == "1 ");
}

TEST_CASE("a refresher that died costs its lease and one recompute more") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  const auto other = test::redis_cache(redis);
  const auto key = "hotfeed:feed:hot:1000", lock = "hotfeed:lock:feed:hot:1000";
  HotFeedProcess process(fresh, test::redis_cache(redis), test::with_window(10s));
  const auto a = process.add_post(), b = process.add_post();
  const auto take_lease = [&] { return other->read_ranking(key, lock, 0ms, 800ms).state; };
  const auto before = test::recompute_count();
  const auto begin = std::chrono::steady_clock::now();
  SECTION("nothing is there: its lease is waited for") {
    REQUIRE(take_lease() == cache::RankingLookup::State::compute);
    CHECK(process.ids() == std::vector<Id>{b, a});
    CHECK(std::chrono::steady_clock::now() - begin >= 700ms);
  }
  SECTION("a stale ranking is shown meanwhile") {
    HotFeedProcess writer(fresh, test::redis_cache(redis), test::with_window(0ms));
    CHECK(writer.ids() == std::vector<Id>{b, a});
    writer.like(1, a);
    REQUIRE(take_lease() == cache::RankingLookup::State::compute);
    HotFeedProcess reader(fresh, test::redis_cache(redis), test::with_window(0ms));
    const auto shown = reader.ids();
    if (test::is_within(begin, 700ms)) CHECK(shown == std::vector<Id>{b, a});
    std::this_thread::sleep_for(800ms);
    CHECK(reader.ids() == std::vector<Id>{a, b});
    CHECK(test::recompute_count() == before + 2);
    return;
  }
  CHECK(test::recompute_count() == before + 1);
  CHECK_FALSE(other->read_ranking(key, lock, 10s, 1s).body.empty());
}

TEST_CASE("readers without a ranking wait no longer than their limit") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  const auto other = test::redis_cache(redis);
  other->read_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", 0ms, 20s);
  HotFeedProcess process(fresh, test::redis_cache(redis), test::with_window(10s));
  process.add_post();
  try {
    process.feed.get_page(10, std::nullopt, std::nullopt, Deadline::after(300ms));
    FAIL("answered");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.retry_after());
  }
}

TEST_CASE("without its Redis the feed continues on its own") {
  support::FreshDatabase fresh;
  redis::PoolOptions nowhere;
  nowhere.url = "unix:///nonexistent/redis.sock";
  HotFeedProcess one(fresh, cache::make_redis_cache(nowhere), test::with_window(100ms));
  HotFeedProcess two(fresh, cache::make_redis_cache(nowhere), test::with_window(100ms));
  const auto a = one.add_post(), b = one.add_post();
  const auto before = test::recompute_count();
  CHECK(run_concurrently(8, [&](int) {
          for (int i = 0; i < 20; ++i) one.ids();
        }) == 0);
  CHECK(test::recompute_count() == before + 1);
  CHECK(two.ids() == std::vector<Id>{b, a});
  one.like(1, a);
  std::this_thread::sleep_for(110ms);
  CHECK(one.ids() == std::vector<Id>{a, b});
  CHECK(two.ids() == std::vector<Id>{a, b});
}

TEST_CASE("the ranking stays in Redis for about a minute") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  hot::Options options = test::with_window(10s);
  options.ttl = 1000ms;
  HotFeedProcess process(fresh, test::redis_cache(redis), options);
  process.add_post();
  const auto other = test::redis_cache(redis);
  const auto start = std::chrono::steady_clock::now();
  process.ids();
  const auto state = [&] {
    return other->read_ranking("hotfeed:feed:hot:1000", "hotfeed:lock:feed:hot:1000", 10s, 1ms)
        .state;
  };
  const auto then = state();
  if (test::is_within(start, 800ms)) CHECK(then == cache::RankingLookup::State::fresh);
  std::this_thread::sleep_for(1160ms);
  CHECK(state() == cache::RankingLookup::State::compute);
}
