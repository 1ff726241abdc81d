// Each failpoint of the upkeep by `work` and of warm-cache with each fault: counters stay right,
// and what was interrupted is done by the next call. One run each; twenty with FEEDCTL_LONG=1.
#include <csignal>

#include "base/time.hpp"
#include "e2e/views/view_points.hpp"
#include "e2e/views/view_world.hpp"
#include "store/installation.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/failpoint_hits.hpp"
#include "support/long_mode.hpp"
#include "views/retention.hpp"
#include "views/warm_totals.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::eventually;

namespace {

constexpr int exit_killed = 128 + SIGKILL, exit_lock_held = 75;

std::vector<std::string> fault_of(const std::string& point, const std::string& action,
                                  const support::FailpointHits& hits) {
  return {"FEEDCTL_FAILPOINT=" + point + "=" + action, hits.environment_variable()};
}

// A `work` that finds views of an old day, and epochs that ended long ago.
class UpkeepFaults {
 public:
  UpkeepFaults() {
    world_.execute("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 7200000");
    world_.execute(
        "INSERT INTO post_views (post_id, view_count, base) SELECT id, 10, 10 FROM posts");
  }

  void run(const std::string& point, const std::string& action) {
    add_old_rows();
    work_with(point, action);
    recover();
  }

  void check_consistent() const {
    world_.check_views({{posts_[0], 10 + views_}, {posts_[1], 10 + views_}});
    CHECK(world_.number("SELECT count(*) FROM post_views WHERE base <> view_count") == 0);
  }

 private:
  static constexpr int viewers = 3;

  void add_old_rows() {
    world_.execute("UPDATE view_fold SET upto = (now() AT TIME ZONE 'UTC')::date - 10");
    world_.execute("SELECT feedctl_make_view_parts(2)");
    world_.execute(
        "INSERT INTO post_view_seen SELECT p.id, u, (now() AT TIME ZONE 'UTC')::date - 6 FROM "
        "posts "
        "p, generate_series(1, " +
        std::to_string(viewers) + ") u");
    world_.execute("UPDATE post_views SET view_count = view_count + " + std::to_string(viewers));
    views_ += viewers;
    world_.execute("INSERT INTO view_epoch (epoch, established, started_at) SELECT 'e' || " +
                   std::to_string(views_) +
                   " || n, true, now() - interval '30 days' FROM generate_series(1, 2) n");
  }

  void work_with(const std::string& point, const std::string& action) {
    const support::FailpointHits hits;
    support::BackgroundProcess work({support::feedctl_binary(), "work"},
                                    world_.run_options(fault_of(point, action, hits)));
    CHECK(eventually([&] { return hits.has(point); }));
    if (action != "kill") work.signal(SIGTERM);
    CHECK(work.wait(std::chrono::minutes{5}) == (action == "kill" ? exit_killed : 0));
    INFO(work.output());
    CHECK(wrong_counters() == 0);
  }

  void recover() {
    // The session of a killed process may hold its locks for a moment.
    CHECK(eventually([&] {
      views::fold_old_views(connection_, now());
      CHECK(wrong_counters() == 0);
      return world_.number("SELECT count(*) FROM post_view_seen") == 0;
    }));
    views::prune_epochs(connection_, now());
    CHECK(world_.number("SELECT count(*) FROM view_epoch") == 1);
    check_consistent();
  }

  std::int64_t wrong_counters() const {
    return world_.number(
        "SELECT count(*) FROM post_views v WHERE view_count <> base + (SELECT count(*) FROM "
        "post_view_seen s WHERE s.post_id = v.post_id)");
  }

  support::FreshDatabase database_;
  ViewWorld world_{database_, 1};
  const std::vector<Id> posts_ = world_.add_posts(2);
  store::Database connection_{world_.database_options()};
  std::int64_t views_ = 0;  // folded ones of each post
};

// A warm-cache that finds no totals.
class WarmFaults {
 public:
  WarmFaults() {
    world_.execute(
        "INSERT INTO post_views (post_id, view_count, base) SELECT id, 10 + id, 10 + id FROM "
        "posts");
  }

  void run(const std::string& point, const std::string& action) {
    for (const auto post : posts_) world_.redis.cli("DEL " + total_of(post));
    warm_with(point, action);
    const auto installation = store::installation_id(connection_);
    views::warm_totals(connection_, world_.redis_options(), installation, posts_, false);
    for (const auto post : posts_)
      CHECK(world_.redis.cli("GET " + total_of(post)) == std::to_string(10 + post));
  }

 private:
  static std::string total_of(Id post) { return "post:" + std::to_string(post) + ":total"; }

  // The counters' Redis is not the cache: warm-cache fills nothing else.
  support::RunOptions options(std::vector<std::string> more) const {
    support::RunOptions options;
    options.environment = {"FEEDCTL_CONFIG", "FEEDCTL_REDIS_URL",
                           "FEEDCTL_DATABASE_URL=" + world_.url(),
                           "COUNTER_REDIS_URL=" + world_.redis.url()};
    options.environment.insert(options.environment.end(), more.begin(), more.end());
    return options;
  }

  void warm_with(const std::string& point, const std::string& action) {
    const support::FailpointHits hits;
    support::RunResult result;
    // The session of a killed process may hold the lock for a moment.
    REQUIRE(eventually([&] {
      result = support::run_feedctl({"warm-cache"}, options(fault_of(point, action, hits)));
      return result.exit_code != exit_lock_held;
    }));
    INFO(result.out + result.err);
    CHECK(hits.has(point));
    const bool is_delay = action.rfind("delay", 0) == 0;
    CHECK(result.exit_code == (action == "kill" ? exit_killed : is_delay ? 0 : 1));
  }

  support::FreshDatabase database_;
  ViewWorld world_{database_, 1};
  const std::vector<Id> posts_ = world_.add_posts(3);
  store::Database connection_{world_.database_options()};
};

// Each point of the family, each fault.
template <typename Faults>
void run_all(const std::vector<std::string>& points, Faults& faults) {
  CHECK_FALSE(points.empty());
  for (const auto& point : points) {
    for (const std::string action : {"kill", "error", "error*1", "delay:20"}) {
      for (int run = 0; run < support::rounds(1, 20); ++run) {
        CAPTURE(point, action, run);
        faults.run(point, action);
      }
    }
  }
}

}  // namespace

TEST_CASE("a work that fails at any failpoint of the views' upkeep leaves every counter right") {
  if (support::declared_failpoints().empty()) return;  // a build without failpoints
  UpkeepFaults faults;
  run_all(view_points(Process::work), faults);
  faults.check_consistent();
}

TEST_CASE("a warm-cache that fails at any failpoint leaves totals that the next one completes") {
  if (support::declared_failpoints().empty()) return;
  WarmFaults faults;
  run_all(view_points(Process::warm_cache), faults);
}
