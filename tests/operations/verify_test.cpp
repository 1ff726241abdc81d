// feedctl verify: drift of every kind is planted, found and repaired; lag is none.
#include <csignal>
#include <thread>

#include "support/catch.hpp"
#include "support/stepped_clock.hpp"
#include "support/temp_folder.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using test::VerifyFixture;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct InjectedDrift {
  const char* invariant;
  const char* sql;
};

const InjectedDrift injected_drifts[] = {
    {"I1", "DELETE FROM user_feed WHERE user_id = (SELECT max(user_id) FROM user_feed)"},
    {"I3",
     "UPDATE post_likes SET like_count = like_count + 3 WHERE post_id IN (SELECT post_id FROM "
     "post_likes ORDER BY post_id LIMIT 7)"},
    {"I3", "DELETE FROM likes WHERE user_id = (SELECT min(user_id) FROM likes)"},
    {"I4",
     "UPDATE user_stats SET followers = followers + 1 WHERE user_id = (SELECT max(user_id) "
     "FROM user_stats)"},
    {"I4", "DELETE FROM follows WHERE followee_id = (SELECT max(followee_id) FROM follows)"},
    {"I9", "INSERT INTO likes (user_id, post_id) VALUES (5, 77)"},
    {"I9",
     "WITH gone AS (UPDATE users SET deleted_at = now() WHERE id = (SELECT max(follower_id) "
     "FROM follows) RETURNING id) DELETE FROM user_stats USING gone WHERE user_id = gone.id"},
    {"I9", "INSERT INTO post_likes VALUES (78, 0)"},
    {"I9", "DELETE FROM post_likes WHERE post_id = (SELECT max(post_id) FROM likes)"},
    {"I9", "INSERT INTO user_stats VALUES (79, 0, 0)"},
    {"I9", "DELETE FROM user_stats WHERE user_id = (SELECT max(user_id) FROM user_stats)"},
    {"I9", "INSERT INTO feed_state (user_id, state) VALUES (81, 2)"},
    {"I9", "INSERT INTO feed_pull (author_id) VALUES (82)"},
    {"I11", "UPDATE hot_scores SET score = score + 1"},
    {"I11", "DELETE FROM hot_scores"},
    {"I11", "INSERT INTO hot_scores VALUES (80, 4, now())"},
};

}  // namespace

TEST_CASE("a correct world has no drift, in full and by samples") {
  const VerifyFixture world;
  const auto all = world.feedctl({"verify", "--all"});
  INFO(all.out << all.err);
  CHECK(all.exit_code == 0);
  for (const char* name : {"I1 ", "I3 ", "I4 ", "I5 ", "I6 ", "I9 ", "I11 "})
    CHECK(contains(all.out, name));
  CHECK(world.feedctl({"verify", "--sample", "20"}).exit_code == 0);
  CHECK(world.feedctl({"verify", "--invariant", "I2"}).exit_code == 64);
  CHECK(world.feedctl({"verify", "--all", "--sample", "3"}).exit_code == 64);
}

TEST_CASE("a verify that computes for seconds between two statements keeps its transaction") {
  const VerifyFixture world;
  bool paused = false;
  for (int attempt = 0; attempt < 50 && !paused; ++attempt) {
    support::BackgroundProcess verify({support::feedctl_binary(), "verify", "--all"},
                                      world.options());
    const auto is_idle = [&] {
      return world.sql(
                 "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' "
                 "AND application_name LIKE 'feedctl.verify%')") == "t";
    };
    while (verify.is_running() && !paused) {
      verify.signal(SIGSTOP);
      paused = is_idle();
      if (paused) std::this_thread::sleep_for(std::chrono::seconds{7});
      verify.signal(SIGCONT);
    }
    const auto code = verify.wait(std::chrono::seconds{120});
    INFO(verify.output());
    CHECK(code == 0);
  }
  CHECK(paused);
}

TEST_CASE("drift of every kind is found and repaired") {
  const VerifyFixture world;
  // Without likes in the hot window I11 would have nothing to compare.
  REQUIRE(world.sql("SELECT count(*) > 0 FROM hot_scores") == "t");
  for (const auto& [invariant, how] : injected_drifts) {
    INFO(invariant << ": " << how);
    world.sql(how);
    const auto found = world.feedctl({"verify", "--all", "--invariant", invariant});
    INFO(found.out << found.err);
    CHECK(found.exit_code == 3);
    const auto tried =
        world.feedctl({"verify", "--all", "--invariant", invariant, "--repair", "--dry-run"});
    CHECK(tried.exit_code == 3);
    CHECK(world.verify(invariant) == 3);
    const auto repaired = world.feedctl({"verify", "--all", "--repair"});
    INFO(repaired.out << repaired.err);
    CHECK(repaired.exit_code == 0);
    const auto after = world.feedctl({"verify", "--all"});
    INFO(after.out << after.err);
    CHECK(after.exit_code == 0);
  }
  CHECK(world.missing_rows() == "0");
}

TEST_CASE("changes that a pending event or an open job will make are no drift") {
  const VerifyFixture world;
  const auto reader = world.sql("SELECT max(user_id) FROM user_feed");
  const auto post = world.sql("SELECT max(post_id) FROM user_feed WHERE user_id = " + reader);
  const auto author = world.sql("SELECT author_id FROM posts WHERE id = " + post);
  world.sql("DELETE FROM user_feed WHERE user_id = " + reader + " AND post_id = " + post);
  REQUIRE(world.verify("I1") == 3);
  const auto excused_by = [&](const std::string& event_or_job, const std::string& undo) {
    INFO(event_or_job);
    world.sql(event_or_job);
    CHECK(world.verify("I1") == 0);
    world.sql(undo);
    CHECK(world.verify("I1") == 3);
  };
  const std::string passed = "UPDATE consumers SET at = pg_current_snapshot()";
  const std::string events = "INSERT INTO events (type, shard, actor, object) VALUES ";
  excused_by(events + "(5, feedctl_shard(" + author + "), " + author + ", " + post + ")", passed);
  excused_by(events + "(3, feedctl_shard(" + reader + "), " + reader + ", " + author + ")", passed);
  const std::string jobs = "INSERT INTO jobs (kind, lane, subject, payload) VALUES ";
  excused_by(jobs + "('fan_out', 1, " + post + ", '{}')", "DELETE FROM jobs");
  excused_by(jobs + "('activate', 0, " + reader + ", '{}')", "DELETE FROM jobs");
  excused_by(jobs + "('backfill', 0, " + reader + ", '{\"author\": " + author + "}')",
             "DELETE FROM jobs");
  // An event or job of another user excuses nothing.
  world.sql(events + "(5, 0, 1, 2); " + jobs + "('backfill', 0, " + reader +
            ", '{\"author\": 1}')");
  CHECK(world.verify("I1") == 3);
}

TEST_CASE("events count as processed up to the one that a partial batch has reached") {
  const VerifyFixture world;
  const auto reader = world.sql("SELECT max(user_id) FROM user_feed");
  const auto post = world.sql("SELECT max(post_id) FROM user_feed WHERE user_id = " + reader);
  world.sql("DELETE FROM user_feed WHERE user_id = " + reader + " AND post_id = " + post);
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (5, 0, 1, " + post + ")");
  const std::string upto = "UPDATE consumers SET upto = pg_current_snapshot(), ";
  world.sql(upto + "done_xid = (SELECT xid FROM events WHERE object = " + post +
            " ORDER BY id DESC LIMIT 1), done_id = 0");
  CHECK(world.verify("I1") == 0);
  world.sql(upto + "done_xid = (SELECT xid FROM events WHERE object = " + post +
            " ORDER BY id DESC LIMIT 1), done_id = (SELECT max(id) FROM events)");
  CHECK(world.verify("I1") == 3);
}

TEST_CASE("events and jobs that wait too long are reported; dead letters are only counted") {
  const VerifyFixture world;
  world.sql(
      "INSERT INTO dead_events (kind, lane, subject, payload, attempts, crashes, error, created_at)"
      " VALUES ('event', 0, 1, '{}', 8, 0, 'x', now())");
  const auto dead = world.feedctl({"verify", "--invariant", "I6", "-o", "json"});
  CHECK(dead.exit_code == 0);
  CHECK(contains(dead.out, "\"what\":\"dead letters\",\"checked\":1,\"drift\":0"));
  world.sql(
      "INSERT INTO events (at, type, shard, actor, object)"
      " VALUES (now() - interval '1 minute', 5, 17, 1, 2)");
  const auto late = world.feedctl({"verify", "--invariant", "I6"});
  INFO(late.out);
  CHECK(late.exit_code == 3);
  CHECK(contains(late.out, "slot 1 of work"));
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  CHECK(world.verify("I6") == 0);
  world.sql(
      "INSERT INTO jobs (kind, lane, subject, created_at, not_before)"
      " VALUES ('fan_out', 0, 1, now() - interval '1 day', now() - interval '6 minutes')");
  CHECK(world.verify("I6") == 3);
  world.sql("UPDATE jobs SET not_before = now() + interval '1 minute'");
  CHECK(world.verify("I6") == 0);
}

TEST_CASE("an overdue job is reported, a job scheduled for later is not") {
  const VerifyFixture world;
  const auto job = [&](const std::string& columns, const std::string& values) {
    world.sql("DELETE FROM jobs; INSERT INTO jobs (kind, lane, subject, " + columns +
              ") VALUES ('fan_out', 0, 1, " + values + ")");
    return world.verify("I6");
  };
  CHECK(job("wait, not_before", "interval '1 day', now() + interval '1 day'") == 0);
  CHECK(job("wait, not_before", "interval '5 minutes', now() + interval '5 days'") == 3);
  CHECK(job("created_at, not_before", "now() + interval '5 days', now() - interval '1 day'") == 3);
  CHECK(job("not_before", "now() + interval '4 minutes'") == 0);  // written by an older feedctl
  CHECK(job("not_before", "now() + interval '5 days'") == 3);
  CHECK(job("claimed_until", "now() + interval '5 days'") == 3);
  CHECK(job("claimed_until", "now() + interval '3 seconds'") == 0);
  CHECK(job("not_before, not_before_uptime_ms", "now() - interval '1 day', 1000000") == 0);
  const auto late = world.feedctl({"verify", "--invariant", "I6"});
  CHECK(late.exit_code == 0);
}

TEST_CASE("a floor of home feeds' rows that lies ahead is found, and lowered") {
  const VerifyFixture world;
  CHECK(world.verify("I1") == 0);
  world.sql("UPDATE feed_floor SET days = 90, floor = feedctl_id_at(now() + interval '110 days')");
  // JSON, since a table wraps its texts.
  const auto found = world.feedctl({"verify", "--all", "--invariant", "I1", "-o", "json"});
  INFO(found.out);
  CHECK(found.exit_code == 3);
  CHECK(contains(found.out, "a clock was ahead"));
  CHECK(contains(found.out, "nothing was checked"));
  CHECK(
      world.feedctl({"verify", "--all", "--invariant", "I1", "--repair", "--dry-run"}).exit_code ==
      3);
  const auto repaired = world.feedctl({"verify", "--all", "--invariant", "I1", "--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(world.sql("SELECT floor < feedctl_id_at(now()) FROM feed_floor") == "t");
  // Feeds are filled when they are read.
  CHECK(world.sql("SELECT count(*) FROM feed_state WHERE state > 0") == "0");
  CHECK(world.verify("I1") == 0);
}

TEST_CASE("the floor of home feeds' rows is lowered by the server's clock, not by verify's own") {
  const VerifyFixture world;
  world.sql("UPDATE feed_floor SET days = 90, floor = feedctl_id_at(now() + interval '110 days')");
  const support::TempFolder folder("verify-");
  support::SteppedClock clock(folder.path());
  clock.set(std::chrono::hours{24 * 400});
  auto options = world.options();
  for (const auto& setting : clock.environment()) options.environment.push_back(setting);
  options.environment.push_back("ASAN_OPTIONS=verify_asan_link_order=0");
  const auto repaired =
      support::run_feedctl({"verify", "--all", "--invariant", "I1", "--repair"}, options);
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(world.sql("SELECT floor BETWEEN feedctl_id_at(now() - interval '91 days') AND "
                  "feedctl_id_at(now() - interval '89 days') FROM feed_floor") == "t");
}

TEST_CASE("hot scores are compared with the likes of the last day, whatever their window") {
  const VerifyFixture world;
  world.sql(
      "UPDATE likes SET created_at = now() - interval '1 hour'; UPDATE hot_state SET window_start "
      "= "
      "now() - interval '24 hours'; SELECT 1");
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I11", "--repair"}).exit_code == 0);
  world.sql(
      "DELETE FROM hot_scores; UPDATE hot_state SET window_start = now() + interval '9 days'");
  const auto found = world.feedctl({"verify", "--all", "--invariant", "I11", "-o", "json"});
  INFO(found.out);
  CHECK(found.exit_code == 3);
  CHECK(contains(found.out, "instead of"));
  CHECK(world.feedctl({"verify", "--all", "--invariant", "I11", "--repair"}).exit_code == 0);
  CHECK(world.verify("I11") == 0);
  CHECK(world.sql("SELECT window_start < now() FROM hot_state") == "t");
}

TEST_CASE("verify reports what it could not check") {
  support::RunOptions options;
  options.environment = {"FEEDCTL_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none"};
  CHECK(support::run_feedctl({"verify"}, options).exit_code == 69);
}
