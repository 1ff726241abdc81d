// A Redis that comes back with older counters, or none: the flush finds that out, counts nothing
// twice, and no counter shrinks. Views that were lost count when they come again.
#include <filesystem>
#include <memory>

#include "e2e/views/view_world.hpp"
#include "support/catch.hpp"
#include "support/failpoint_hits.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;
using support::integer_in;
using support::rounds;

namespace fs = std::filesystem;

namespace {

constexpr int user_count = 8;

class RollbackTest {
 public:
  explicit RollbackTest(const std::string& fsync = "always") : world(database, user_count, fsync) {}

  // Views of all posts.
  std::vector<views::Result> view(Id user) { return record(*recorder_, user, posts); }
  void view(Id first_user, Id last_user) {
    for (auto user = first_user; user <= last_user; ++user) view(user);
  }
  void view_all() { view(1, user_count); }

  void show(std::int64_t times) {
    send_impressions(sender_, video_label, {{1, times}, {2, 2 * times}});
  }

  // What Redis must take over from its folder: its server is down meanwhile.
  void save_copy() { copy(world.redis.folder() + "/appendonlydir", copy_.path() / "aof"); }
  void restore_copy() { copy(copy_.path() / "aof", world.redis.folder() + "/appendonlydir"); }
  void start_redis() {
    world.redis.start();
    renew_recorder();
  }
  // Its cache of counters is that of a process that has just begun.
  void renew_recorder() {
    recorder_.reset();
    recorder_ = std::make_unique<views::ViewRecorder>(connection_, recorder_options());
  }

  void check(std::int64_t views_of_each, std::int64_t times_shown) const {
    std::map<Id, std::int64_t> expected;
    for (const auto post : posts) expected[post] = views_of_each;
    world.check_views(expected);
    world.check_impressions({{1, times_shown}, {2, 2 * times_shown}});
    world.check_consistent();
  }

  support::FreshDatabase database;
  ViewWorld world;
  const std::vector<Id> posts = world.add_posts(3);

 private:
  views::ViewRecorder::Options recorder_options() const {
    views::ViewRecorder::Options options;
    options.redis = world.redis_options();
    return options;
  }

  static void copy(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
  }

  support::TempFolder copy_;
  store::Database connection_{world.database_options()};
  std::unique_ptr<views::ViewRecorder> recorder_ =
      std::make_unique<views::ViewRecorder>(connection_, recorder_options());
  views::ImpressionSender sender_{connection_, world.redis_options(), 900s};
};

// The next flush finds a rollback; the one after it none.
json::Value check_rollback_is_found(RollbackTest& test,
                                    const std::vector<std::string>& arguments = {}) {
  auto found = test.world.flush({}, arguments);
  INFO(found.log);
  REQUIRE(found.exit_code == 0);
  CHECK(integer_in(found.report, "rollbacks") == 1);
  CHECK(integer_in(found.report, "lost_window_ms") > 0);
  CHECK(found.log.find("redis shows older counters than were flushed before") != std::string::npos);
  CHECK(test.world.is_redis_empty());
  CHECK(integer_in(test.world.flush_until_empty(), "rollbacks") == 0);
  return std::move(found.report);
}

// The next flush finds that Redis was killed, and that it has lost no more than the horizon allows.
void check_kill_is_found(const RollbackTest& test) {
  const auto found = test.world.flush();
  INFO(found.log);
  REQUIRE(found.exit_code == 0);
  CHECK(integer_in(found.report, "rollbacks") == 0);
  CHECK(integer_in(found.report, "restarts") == 1);
  CHECK(integer_in(found.report, "lost_window_ms") > 0);
  CHECK(integer_in(found.report, "lost_window_ms") <= 3000);
  CHECK(found.log.find("redis was started anew") != std::string::npos);
}

// Flushes; keeps a copy of Redis with views of 2 users and 7 impressions in live counters, which
// are flushed before the copy comes back. All views of 4 users and 17 impressions are counted then.
void restore_older_copy(RollbackTest& test) {
  test.view(1);
  test.show(5);
  test.world.flush_until_empty();
  test.view(2, 3);
  test.show(7);
  test.world.redis.kill();
  test.save_copy();
  test.start_redis();
  test.world.flush_until_empty();
  test.view(4);
  test.show(5);
  test.world.flush_until_empty();
  test.check(4, 17);
  test.world.redis.kill();
  test.restore_copy();
  test.start_redis();
}

}  // namespace

TEST_CASE("after FLUSHALL the counters go on from what PostgreSQL holds") {
  RollbackTest test;
  test.view(1, 4);
  test.show(10);
  test.world.flush_until_empty();
  test.check(4, 10);
  test.view(5, 6);
  test.show(3);
  REQUIRE(test.world.redis.cli("FLUSHALL") == "OK");
  test.renew_recorder();

  // These come before the flush has noticed, so what they add to may have been counted already.
  for (const auto& result : test.view(7)) CHECK(result.is_counted());
  test.show(2);
  const auto report = check_rollback_is_found(test);
  CHECK(integer_in(report, "restarts") == 0);
  CHECK(integer_in(report, "views") == 3);
  CHECK(integer_in(report, "dropped") == 3 * 2);
  test.check(5, 10);

  test.view_all();
  test.show(4);
  test.world.flush_until_empty();
  test.check(user_count, 14);
}

TEST_CASE("shown views do not shrink by FLUSHALL") {
  RollbackTest test;
  test.view(1, 6);
  test.world.flush_until_empty();
  REQUIRE(test.world.redis.cli("FLUSHALL") == "OK");
  test.renew_recorder();
  for (const auto& result : test.view(7)) CHECK(result.views == 7);
  for (const auto& result : test.view(7)) CHECK(result.views == 7);
}

TEST_CASE("an older append-only file that comes back is found out, and nothing counts twice") {
  RollbackTest test;
  restore_older_copy(test);
  const auto report = check_rollback_is_found(test);
  CHECK(integer_in(report, "restarts") == 1);
  CHECK(integer_in(report, "views") == 0);
  CHECK(integer_in(report, "repeated") == 2 * 3);
  CHECK(integer_in(report, "dropped") == 3 * 7);
  test.check(4, 17);
  test.view_all();
  test.show(1);
  test.world.flush_until_empty();
  test.check(user_count, 18);
}

TEST_CASE("with views.on_rollback apply the impressions of an older file are added again") {
  RollbackTest test;
  restore_older_copy(test);
  const auto report = check_rollback_is_found(test, {"--on-rollback", "apply"});
  CHECK(integer_in(report, "impressions") == 3 * 7);
  CHECK(integer_in(report, "dropped") == 0);
  test.check(4, 24);
}

TEST_CASE("a batch that an older file brings back is in the ledger") {
  RollbackTest test;
  test.show(5);
  test.world.flush_until_empty();
  test.show(3);
  test.view(1, 2);
  // A flush that rotated and was killed then: the file holds the batches.
  if (support::declared_failpoints().empty()) return;
  test.world.flush({"FEEDCTL_FAILPOINT=views.commit.before=kill"});
  test.world.redis.kill();
  test.save_copy();
  test.start_redis();
  test.world.flush_until_empty();
  test.check(2, 8);
  test.world.redis.kill();
  test.restore_copy();
  test.start_redis();
  test.world.flush_until_empty();
  test.check(2, 8);
}

TEST_CASE("a Redis with appendfsync everysec that is killed loses no flushed view, doubles none") {
  RollbackTest test("everysec");
  std::int64_t shown = 0, counted = 0;
  for (int round = 0; round < rounds(3, 20); ++round) {
    CAPTURE(round);
    test.view(1, 1 + round % user_count);
    test.show(1);
    shown += 3;
    if (round % 2 == 0) {
      if (round > 0) check_kill_is_found(test);
      test.world.flush_until_empty();
      const auto totals = test.world.totals();
      CHECK(totals.impressions >= counted);
      CHECK(totals.impressions <= shown);
      counted = totals.impressions;
    }
    test.world.redis.kill();
    test.start_redis();
  }
  test.view_all();
  test.world.flush_until_empty();
  std::map<Id, std::int64_t> expected;
  for (const auto post : test.posts) expected[post] = user_count;
  test.world.check_views(expected);
  CHECK(test.world.totals().impressions >= counted);
  CHECK(test.world.totals().impressions <= shown);
  test.world.check_consistent();
}
