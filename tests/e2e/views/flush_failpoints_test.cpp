// Each failpoint of flush-views with each fault: the flushes that follow count every view and every
// impression once. One run each; twenty with FEEDCTL_LONG=1.
#include <algorithm>
#include <csignal>
#include <random>

#include "e2e/views/view_points.hpp"
#include "e2e/views/view_world.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/failpoint_hits.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

constexpr int user_count = 6;
constexpr int exit_killed = 128 + SIGKILL;

class FlushFaults {
 public:
  // Views of today and of yesterday, repeated ones, and impressions of two types.
  void record_more() {
    const auto posts = world_.add_posts(4);
    for (const Id user : {1, 2, 3}) view(yesterday_, user, posts);
    world_.end_day(posts);
    for (const auto user : world_.users) view(today_, user, posts);
    const auto repeated = record(today_, 1, posts);
    CHECK(std::all_of(repeated.begin(), repeated.end(),
                      [](const auto& result) { return result.reason == views::Reason::repeated; }));
    for (int batch = 0; batch < 3; ++batch) {
      send(video_label, {{1, 1 + random() % 5}, {2, 1}, {9, 2}});
      send(audio_label, {{10, 1 + random() % 3}, {12, 1}});
    }
  }

  // A flush with the fault at the point.
  void flush_with(const std::string& point, const std::string& action) {
    const support::FailpointHits hits;
    const auto before = world_.totals();
    const auto result =
        world_.flush({"FEEDCTL_FAILPOINT=" + point + "=" + action, hits.environment_variable()});
    INFO(result.log);
    if (action == "kill") CHECK(result.exit_code == exit_killed);
    if (action.rfind("delay", 0) == 0) {
      CHECK(result.exit_code == 0);
      CHECK(world_.is_redis_empty());
      CHECK(support::integer_in(result.report, "views") == world_.totals().views - before.views);
    }
    CHECK(hits.has(point));
  }

  // The same fault once more, wherever this flush comes by the point.
  void flush_again_with(const std::string& point, const std::string& action) {
    world_.flush({"FEEDCTL_FAILPOINT=" + point + "=" + action});
  }

  // What waits is flushed, and everything is there once.
  void recover() {
    world_.flush_until_empty();
    world_.check_views(views_);
    world_.check_impressions(impressions_);
  }

  // The next flush also begins an epoch, so that it comes by every point.
  void begin_anew() const { world_.forget_epoch(); }
  void check_consistent() const { world_.check_consistent(); }

 private:
  std::int64_t random() { return static_cast<std::int64_t>(random_()); }

  void view(views::ViewRecorder& recorder, Id user, const std::vector<Id>& posts) {
    const auto results = record(recorder, user, posts);
    for (std::size_t i = 0; i < posts.size(); ++i) {
      CHECK(results.at(i).is_counted());
      ++views_[posts[i]];
    }
  }

  void send(const std::string& label, const std::vector<views::Impressions>& counts) {
    send_impressions(sender_, label, counts);
    for (const auto& [content, count] : counts) impressions_[content] += count;
  }

  views::ViewRecorder::Options recorder_options(std::chrono::seconds clock_offset) const {
    views::ViewRecorder::Options options;
    options.redis = world_.redis_options();
    options.clock_offset = clock_offset;
    return options;
  }

  support::FreshDatabase database_;
  ViewWorld world_{database_, user_count};
  store::Database connection_{world_.database_options()};
  views::ViewRecorder today_{connection_, recorder_options(0s)};
  views::ViewRecorder yesterday_{connection_, recorder_options(-24h)};
  views::ImpressionSender sender_{connection_, world_.redis_options(), 900s};
  std::map<Id, std::int64_t> views_, impressions_;
  std::mt19937 random_{11};
};

// The fault in one flush; every other run has it in two flushes in a row.
void run_fault(FlushFaults& faults, const std::string& point, const std::string& action, int run) {
  faults.begin_anew();
  faults.record_more();
  faults.flush_with(point, action);
  if (run % 2 == 1) {
    faults.record_more();
    faults.flush_again_with(point, action);
  }
  faults.recover();
}

}  // namespace

TEST_CASE("a flush that fails at any failpoint in any way loses no view and counts none twice") {
  const auto points = view_points(Process::flush_views);
  if (points.empty()) return;  // a build without failpoints
  FlushFaults faults;
  for (const auto& point : points) {
    // `error*1` after a commit is a commit in doubt; `error` fails every attempt.
    for (const std::string action : {"kill", "error", "error*1", "delay:20"}) {
      for (int run = 0; run < support::rounds(1, 20); ++run) {
        CAPTURE(point, action, run);
        run_fault(faults, point, action, run);
      }
    }
  }
  faults.check_consistent();
}

TEST_CASE(
    "a flush that is killed before it removes counters of a deleted post leaves none behind") {
  if (support::declared_failpoints().empty()) return;
  const support::FreshDatabase database;
  ViewWorld world(database, user_count);
  const auto posts = world.add_posts(2);
  store::Database connection(world.database_options());
  views::ViewRecorder::Options options;
  options.redis = world.redis_options();
  views::ViewRecorder recorder(connection, options);
  for (const auto user : world.users) record(recorder, user, posts);
  world.execute("UPDATE posts SET deleted_at = now() WHERE id = " + std::to_string(posts[0]));
  CHECK(world.flush({"FEEDCTL_FAILPOINT=views.apply.after=kill"}).exit_code == exit_killed);

  FlushResult flushed;
  REQUIRE(support::eventually([&] {
    flushed = world.flush();
    return flushed.exit_code == 0;
  }));
  CHECK(support::integer_in(flushed.report, "orphaned") == user_count);
  CHECK(world.number("SELECT count(*) FROM post_views WHERE post_id = " +
                     std::to_string(posts[0])) == 0);
  world.check_views({{posts[1], user_count}});
}
