// The scores under concurrent likes, unlikes, backdated likes, deletions, slow commits, killed
// aggregators and repairs. After every commit of an aggregator the scores are compared with the
// likes of the window, in the same snapshot. With FEEDCTL_LONG=1 this runs for two minutes.
#include <atomic>
#include <random>
#include <thread>

#include "base/error.hpp"
#include "cache/memory_cache.hpp"
#include "hot/queries.hpp"
#include "hot_feed_process.hpp"
#include "sql/hot.hpp"
#include "store/sqlstate.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;

namespace {

constexpr const char* victims = "hot.victim";
constexpr int posts_at_first = 12, users = 30;

constexpr store::Query begin{"nemesis/begin", "BEGIN ISOLATION LEVEL REPEATABLE READ"};
constexpr store::Query commit{"nemesis/commit", "COMMIT"};
constexpr store::Query lock{"nemesis/lock",
                            "SELECT pg_advisory_lock(hashtextextended('feedctl.hot', 0))"};
constexpr store::Query unlock{"nemesis/unlock",
                              "SELECT pg_advisory_unlock(hashtextextended('feedctl.hot', 0))"};
// The likes of a deleted post are removed in chunks, but its counter at once.
constexpr store::Query differences{"nemesis/differences", R"(
  WITH truth AS (
    SELECT l.post_id, count(*) AS score FROM likes l JOIN post_likes USING (post_id)
    WHERE l.created_at > (SELECT window_start FROM hot_state) GROUP BY l.post_id)
  SELECT count(*) FROM truth t FULL JOIN hot_scores h USING (post_id)
  WHERE t.score IS DISTINCT FROM h.score)"};

std::chrono::seconds duration() {
  return support::rounds(4s, 120s);
}

store::Options named(const support::FreshDatabase& fresh, const char* name) {
  auto options = support::long_timeouts();
  options.url = fresh.url();
  options.application_name = name;
  return options;
}

struct FaultCounts {
  std::atomic<int> applied{0}, wrong_results{0}, killed{0}, repairs{0}, writes{0}, slow{0};
  std::atomic<int> unexpected{0};
};

class ScoresFaultInjection {
 public:
  explicit ScoresFaultInjection(const support::FreshDatabase& fresh)
      : fresh_(fresh), process_(fresh, cache::make_memory_cache(), test::with_window(0ms)) {
    for (auto& post : posts_) post = process_.add_post();
  }

  void run() {
    std::vector<std::thread> threads;
    const auto start = [&](auto work) {
      threads.emplace_back([this, work] {
        try {
          work();
        } catch (const std::exception& error) {
          ++counts.unexpected;
          const std::lock_guard guard(mutex_);
          violations_ += std::string(error.what()) + "\n";
        }
      });
    };
    for (unsigned i = 0; i < 3; ++i) start([this, i] { write(i); });
    for (unsigned i = 0; i < 2; ++i) start([this, i] { write_slowly(i); });
    start([this] { aggregate_and_check(); });
    start([this] { kill_mid_transaction(); });
    start([this] { repair(); });
    const auto begun = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(duration());
    // Long enough for a busy machine.
    while (!has_enough_faults() && test::is_within(begun, 2min)) std::this_thread::sleep_for(50ms);
    stopping_ = true;
    for (auto& thread : threads) thread.join();
  }

  std::string violations() const { return violations_; }
  store::Database& database() { return process_.database; }

  FaultCounts counts;

 private:
  bool has_enough_faults() const {
    return counts.applied > 20 && counts.killed > 0 && counts.repairs > 0 && counts.slow > 5;
  }
  Id random_post(std::mt19937& random) { return posts_[random() % posts_at_first]; }

  void write(unsigned seed) {
    std::mt19937 random(seed);
    while (!stopping_) {
      auto& place = posts_[random() % posts_at_first];
      const Id post = place, user = static_cast<Id>(1 + random() % users);
      try {
        switch (random() % 16) {
          case 0:
            test::add_like_with_age(fresh_, user, post, "23 hours 59 minutes 58 seconds");
            break;
          case 1:
            test::add_like_with_age(fresh_, user, post, "25 hours");
            break;
          case 2:
          case 3:
          case 4:
          case 5:
          case 6:
            process_.unlike(user, post);
            break;
          case 7:
            if (random() % 10 == 0) {
              process_.posts.remove(post, std::nullopt, false);
              place = process_.add_post();
            }
            break;
          default:
            process_.like(user, post);
        }
        ++counts.writes;
      } catch (const Error& error) {
        // The post was deleted meanwhile, or slow transactions hold the lock of its counter.
        if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::unavailable) throw;
      }
    }
  }

  // Long transactions that begin before a position of the aggregator and end after it.
  void write_slowly(unsigned seed) {
    std::mt19937 random(100 + seed);
    for (Id user = 1000 + 100000 * static_cast<Id>(seed); !stopping_; ++user) {
      const auto post = std::to_string(random_post(random)), by = std::to_string(user);
      fresh_.execute(
          "WITH p AS MATERIALIZED (SELECT post_id FROM post_likes WHERE post_id = " + post +
          " FOR UPDATE), l AS (INSERT INTO likes (user_id, post_id, created_at) SELECT " + by +
          ", post_id, clock_timestamp() FROM p RETURNING *), c AS (UPDATE post_likes c SET "
          "like_count = like_count + 1 FROM l WHERE c.post_id = l.post_id), e AS (INSERT INTO "
          "events (type, shard, actor, object, liked_at) SELECT 1, 0, user_id, post_id, created_at "
          "FROM l) SELECT pg_sleep(0.05 + random() * 0.2)");
      ++counts.slow;
      std::this_thread::sleep_for(20ms);
    }
  }

  void aggregate_and_check() {
    auto options = named(fresh_, "hot.witness");
    options.lock_timeout = options.statement_timeout;  // a repair may hold the lock for a while
    store::Session session(options);
    while (!stopping_) {
      session.run(lock);
      session.run(begin);  // under the lock, so no aggregator commits meanwhile
      if (session.run(sql::hot::aggregate).empty()) ++counts.unexpected;
      counts.wrong_results += session.run(differences).single_row().integer(0) != 0;
      session.run(commit);
      session.run(unlock);
      ++counts.applied;
      std::this_thread::sleep_for(5ms);
    }
  }

  void kill_mid_transaction() {
    std::atomic<bool> done{false};
    std::thread aggregator([&] {
      store::Database database(named(fresh_, victims));
      while (!done) {
        try {
          counts.applied += hot::queries::aggregate_scores(database);
        } catch (const Error&) {
          ++counts.killed;
        }
      }
    });
    while (!stopping_) {
      std::this_thread::sleep_for(25ms);
      fresh_.execute(std::string("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                 "WHERE application_name = '") +
                     victims + "' AND state <> 'idle' AND datname = current_database()");
    }
    done = true;
    aggregator.join();
  }

  void repair() {
    store::Database database(named(fresh_, "hot.repair"));
    while (!stopping_) {
      std::this_thread::sleep_for(300ms);
      try {
        hot::recompute_scores(database);
        ++counts.repairs;
      } catch (const store::SqlError& error) {
        if (error.sqlstate() != store::sqlstate::lock_not_available)
          throw;  // another aggregator holds the lock
      }
    }
  }

  const support::FreshDatabase& fresh_;
  HotFeedProcess process_;
  std::atomic<Id> posts_[posts_at_first] = {};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string violations_;
};

}  // namespace

TEST_CASE("scores are exact at every commit under kills, delays, backdated likes and repairs") {
  support::FreshDatabase fresh;
  ScoresFaultInjection nemesis(fresh);
  nemesis.run();
  const auto& counts = nemesis.counts;
  WARN(counts.applied << " commits of aggregators, " << counts.writes << " writes and "
                      << counts.slow << " slow ones, " << counts.killed << " kills, "
                      << counts.repairs << " repairs");
  CHECK(nemesis.violations() == "");
  CHECK(counts.unexpected == 0);
  CHECK(counts.wrong_results == 0);
  CHECK(counts.applied > 20);
  CHECK(counts.killed > 0);
  CHECK(counts.repairs > 0);
  CHECK(counts.slow > 5);
  REQUIRE(hot::queries::aggregate_scores(nemesis.database()));
  CHECK(test::find_wrong_scores(fresh) == "");
}
