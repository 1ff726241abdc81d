#include <atomic>
#include <random>
#include <thread>

#include "cache/memory_cache.hpp"
#include "hot/queries.hpp"
#include "hot_feed_process.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;

namespace {

// One random command of one of 20 users. It may fail: the post may be deleted, or not liked.
class RandomCommands {
 public:
  RandomCommands(HotFeedProcess& process, const support::FreshDatabase& fresh,
                 std::vector<Id> posts, unsigned seed)
      : process_(process), fresh_(fresh), posts_(std::move(posts)), random_(seed) {}

  void step() {
    const auto post = posts_[random_below(posts_.size())];
    const auto user = static_cast<Id>(1 + random_below(20));
    try {
      switch (random_below(12)) {
        case 0:
          return test::add_like_with_age(fresh_, user, post, just_under_a_day());
        case 1:
          return test::add_like_with_age(fresh_, user, post, "25 hours");
        case 2:
        case 3:
        case 4:
          return process_.unlike(user, post);
        case 5:
          if (random_below(8) == 0) process_.posts.remove(post, std::nullopt, false);
          return;
        default:
          return process_.like(user, post);
      }
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
    }
  }

 private:
  std::size_t random_below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  // This like leaves the window while the test runs.
  std::string just_under_a_day() {
    return "23 hours 59 minutes 59 seconds " + std::to_string(random_below(1000)) + " milliseconds";
  }

  HotFeedProcess& process_;
  const support::FreshDatabase& fresh_;
  std::vector<Id> posts_;
  std::mt19937 random_;
};

// The failures of threads.
class FailureList {
 public:
  void add(const std::string& what) {
    const std::lock_guard lock(mutex_);
    text_ += what + "\n";
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

std::vector<Id> add_posts(HotFeedProcess& process, int count) {
  std::vector<Id> posts;
  for (int i = 0; i < count; ++i) posts.push_back(process.add_post());
  return posts;
}

}  // namespace

TEST_CASE("the ranking equals the defining query after likes, unlikes, deletions and expiry") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(0ms));
  auto posts = add_posts(process, 30);
  RandomCommands chaos(process, fresh, posts, 7);
  for (int round = 0; round < 60; ++round) {
    for (int i = 0; i < 10; ++i) chaos.step();
    process.feed.mark_dirty(false);  // backdated likes set no mark themselves
    const auto ranking = process.ranking();
    CHECK(test::find_wrong_scores(fresh) == "");
    CHECK(ranking == test::expected_ranking(fresh));
  }
  CHECK(std::stoi(fresh.execute("SELECT count(*) FROM hot_scores WHERE score > 3")) > 3);
  CHECK(std::stoi(fresh.execute("SELECT count(*) FROM posts WHERE deleted_at IS NOT NULL")) > 0);
}

TEST_CASE("scores stay exact under concurrent commands and aggregators") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto posts = add_posts(process, 12);
  std::atomic<bool> over{false};
  std::atomic<int> applied{0};
  FailureList failures;
  std::vector<std::thread> aggregators, writers;
  for (int i = 0; i < 2; ++i) {
    aggregators.emplace_back([&] {
      try {
        while (!over) applied += hot::queries::aggregate_scores(process.database);
      } catch (const std::exception& error) {
        failures.add(error.what());
      }
    });
  }
  for (unsigned i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      RandomCommands chaos(process, fresh, posts, i);
      try {
        for (int n = 0; n < 250; ++n) chaos.step();
      } catch (const std::exception& error) {
        failures.add(error.what());
      }
    });
  }
  for (auto& writer : writers) writer.join();
  over = true;
  for (auto& aggregator : aggregators) aggregator.join();
  CHECK(failures.text() == "");
  CHECK(applied > 20);
  CHECK(hot::queries::aggregate_scores(process.database));
  CHECK(test::find_wrong_scores(fresh) == "");
}

TEST_CASE("an event of a transaction that spans the position is counted") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto slow = process.add_post(), quick = process.add_post();
  constexpr store::Query slow_like{
      "test/slow_like",
      "WITH e AS (INSERT INTO events (type, shard, actor, object, liked_at) VALUES (1, 0, 1, "
      "$1::bigint, now())) INSERT INTO likes (user_id, post_id, created_at) VALUES (1, $1, now()) "
      "RETURNING id"};
  auto writer = process.database.write();
  writer.query(slow_like, store::params(slow));
  process.like(1, quick);  // a higher transaction id, committed first
  CHECK(hot::queries::aggregate_scores(process.database));
  CHECK(fresh.execute("SELECT count(*) FROM hot_scores") == "1");
  writer.commit();
  CHECK(hot::queries::aggregate_scores(process.database));
  CHECK(fresh.execute("SELECT score FROM hot_scores WHERE post_id = " + std::to_string(slow)) ==
        "1");
  CHECK(hot::queries::aggregate_scores(process.database));
  CHECK(test::find_wrong_scores(fresh) == "");
}

TEST_CASE("a window moved by a clock that was ahead is corrected once the clock is") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto posts = add_posts(process, 2);
  process.like(1, posts[0]);
  REQUIRE(hot::queries::aggregate_scores(process.database));
  const auto begin = [&](const std::string& ahead) {
    fresh.execute("UPDATE hot_state SET window_start = now() - interval '24 hours' + interval '" +
                  ahead + "'");
  };
  begin("10 days");
  fresh.execute("DELETE FROM hot_scores");
  process.like(2, posts[1]);
  REQUIRE(hot::queries::aggregate_scores(process.database));
  CHECK(test::find_wrong_scores(fresh) == "");
  CHECK(fresh.execute("SELECT count(*) FROM hot_scores") == "2");
  CHECK(hot::queries::load_ranking(process.database, 10).as_of < now() + 1min);

  begin("30 seconds");  // a clock correction as small as usual ones
  const auto before = fresh.execute("SELECT window_start FROM hot_state");
  REQUIRE(hot::queries::aggregate_scores(process.database));
  CHECK(fresh.execute("SELECT window_start FROM hot_state") == before);
  begin("10 days");
  hot::recompute_scores(process.database);
  CHECK(hot::queries::load_ranking(process.database, 10).as_of < now() + 1min);
}

TEST_CASE("scores far behind the log are counted from scratch") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto posts = add_posts(process, 3);
  process.like(1, posts[0]);
  process.like(2, posts[0]);
  process.like(1, posts[1]);
  test::add_like_with_age(fresh, 3, posts[2], "30 hours");
  REQUIRE(hot::queries::aggregate_scores(process.database));
  fresh.execute("UPDATE hot_scores SET score = 99");
  fresh.execute("INSERT INTO hot_scores VALUES (" + std::to_string(posts[2]) + ", 5, now())");
  REQUIRE(test::find_wrong_scores(fresh) != "");
  REQUIRE(hot::queries::aggregate_scores(process.database));
  REQUIRE(test::find_wrong_scores(fresh) != "");  // no new events: no changes
  fresh.execute("UPDATE hot_state SET window_start = now() - interval '49 hours'");
  REQUIRE(hot::queries::aggregate_scores(process.database));
  CHECK(test::find_wrong_scores(fresh) == "");
  CHECK(fresh.execute(
            "SELECT window_start > now() - interval '24 hours 1 minute' FROM hot_state") == "t");
  process.like(2, posts[1]);
  REQUIRE(hot::queries::aggregate_scores(process.database));
  CHECK(test::find_wrong_scores(fresh) == "");
}

TEST_CASE("an aggregator that finds another one running gives up in time") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  {
    const test::AggregatorLock other(fresh);
    CHECK_FALSE(hot::queries::aggregate_scores(
        process.database));  // while the other session holds the lock
  }
  CHECK(hot::queries::aggregate_scores(process.database));
}

TEST_CASE("the log tells whether the ranking may have changed") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto post = process.add_post();
  REQUIRE(hot::queries::aggregate_scores(process.database));
  const auto position = hot::queries::load_ranking(process.database, 10).log_position;
  CHECK_FALSE(hot::queries::has_changes_since(process.database, position));
  const auto other = process.add_post();
  CHECK_FALSE(hot::queries::has_changes_since(process.database, position));
  process.like(1, post);
  CHECK(hot::queries::has_changes_since(process.database, position));
  REQUIRE(hot::queries::aggregate_scores(process.database));
  const auto later = hot::queries::load_ranking(process.database, 10).log_position;
  CHECK_FALSE(hot::queries::has_changes_since(process.database, later));
  process.posts.remove(other, std::nullopt, false);
  CHECK(hot::queries::has_changes_since(process.database, later));
}
