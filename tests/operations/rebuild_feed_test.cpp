// feedctl rebuild-feed: it adds exactly the missing rows, whatever happens meanwhile.
#include <csignal>
#include <thread>

#include "support/catch.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::VerifyFixture;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rebuild-feed adds exactly the missing rows, and a second one adds none") {
  const VerifyFixture world;
  const auto before = world.sql("SELECT count(*) FROM user_feed");
  world.sql("CREATE TABLE kept AS SELECT * FROM user_feed");
  world.sql("DELETE FROM user_feed WHERE post_id % 3 = 0 OR user_id % 4 = 0");
  const auto missing = world.missing_rows();
  REQUIRE(missing != "0");
  const auto dry = world.feedctl({"rebuild-feed", "--all", "--dry-run", "-o", "json"});
  CHECK(contains(dry.out, "\"missing_rows\":" + missing + ","));
  CHECK(world.missing_rows() == missing);
  const auto run = world.feedctl({"rebuild-feed", "--all", "--concurrency", "3", "-o", "json"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(contains(run.out, "\"rows_added\":" + missing + ","));
  CHECK(world.missing_rows() == "0");
  CHECK(world.sql("SELECT count(*) FROM user_feed") == before);
  CHECK(world.sql("SELECT count(*) FROM (TABLE kept EXCEPT TABLE user_feed) x") == "0");
  const auto again = world.feedctl({"rebuild-feed", "--all", "-o", "json"});
  CHECK(contains(again.out, "\"rows_added\":0,"));
  CHECK(world.feedctl({"rebuild-feed", "--resume"}).exit_code == 1);
  CHECK(world.feedctl({"rebuild-feed"}).exit_code == 64);
  CHECK(world.feedctl({"rebuild-feed", "--since", "yesterday"}).exit_code == 64);
}

TEST_CASE("rebuild-feed since a time adds only posts from there on") {
  const VerifyFixture world;
  world.sql("DELETE FROM user_feed");
  const auto middle = world.sql(
      "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM posts "
      "ORDER BY id OFFSET 300 LIMIT 1");
  CHECK(world.feedctl({"rebuild-feed", "--since", middle}).exit_code == 0);
  CHECK(world.sql("SELECT count(*) > 0 FROM user_feed") == "t");
  CHECK(world.sql("SELECT count(*) FROM user_feed WHERE post_id < feedctl_id_at('" + middle +
                  "')") == "0");
  CHECK(world.missing_rows() != "0");
}

TEST_CASE("rebuild-feed resumes after being killed, and nobody sees fewer rows") {
  const VerifyFixture world;
  world.sql("DELETE FROM user_feed WHERE user_id % 2 = 0");
  const auto count = [&] { return std::stoll(world.sql("SELECT count(*) FROM user_feed")); };
  auto rows = count();
  const auto grows = [&] {
    const auto now = count();
    CHECK(now >= rows);
    rows = now;
  };
  {
    support::BackgroundProcess run(
        {support::feedctl_binary(), "rebuild-feed", "--all", "--rate", "300"}, world.options());
    for (int i = 0;
         i < 1000 && world.sql("SELECT count(*) FROM feed_rebuild WHERE cursor > 0") == "0"; ++i) {
      grows();
      std::this_thread::sleep_for(10ms);
    }
    CHECK(world.feedctl({"rebuild-feed", "--all"}).exit_code == 75);
    run.signal(SIGKILL);
    run.wait(60s);
  }
  grows();
  REQUIRE(world.missing_rows() != "0");
  const auto done = world.sql("SELECT cursor FROM feed_rebuild WHERE finished_at IS NULL");
  REQUIRE(done != "0");
  // What stands before the mark is not looked at again.
  const auto first = world.sql("SELECT min(user_id) FROM feed_state WHERE state = 2");
  world.sql("DELETE FROM user_feed WHERE user_id = " + first);
  // The server lets go of the lock once it notices that its client is gone.
  support::RunResult resumed;
  for (int i = 0; i < 50; ++i) {
    resumed = world.feedctl({"rebuild-feed", "--resume", "-o", "json"});
    if (resumed.exit_code != 75) break;
    std::this_thread::sleep_for(100ms);
  }
  INFO(resumed.out << resumed.err);
  CHECK(resumed.exit_code == 0);
  CHECK(world.sql("SELECT count(*) FROM user_feed WHERE user_id = " + first) == "0");
  CHECK(world.feedctl({"rebuild-feed", "--user", first}).exit_code == 0);
  CHECK(world.missing_rows() == "0");
  grows();
}

TEST_CASE("rebuild-feed stops between batches when interrupted and says how to resume") {
  const VerifyFixture world;
  world.sql("DELETE FROM user_feed");
  support::BackgroundProcess run(
      {support::feedctl_binary(), "rebuild-feed", "--all", "--rate", "200"}, world.options());
  for (int i = 0;
       i < 1000 && world.sql("SELECT count(*) FROM feed_rebuild WHERE cursor > 0") == "0"; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  run.signal(SIGINT);
  CHECK(run.wait(60s) == 130);
  CHECK(contains(run.output(), "feedctl rebuild-feed --resume"));
  CHECK(world.feedctl({"rebuild-feed", "--resume"}).exit_code == 0);
  CHECK(world.missing_rows() == "0");
}

TEST_CASE("a user whose rows fail is counted, and the others are rebuilt") {
  const VerifyFixture world;
  const auto user = world.sql("SELECT max(user_id) FROM user_feed");
  world.sql("DELETE FROM user_feed");
  world.sql(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
      "$$BEGIN RAISE EXCEPTION 'planted'; END$$");
  world.sql("CREATE TRIGGER refuse BEFORE INSERT ON user_feed FOR EACH ROW WHEN (NEW.user_id = " +
            user + ") EXECUTE FUNCTION refuse()");
  const auto run = world.feedctl({"rebuild-feed", "--all", "-o", "json"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(contains(run.out, "\"failed\":1,"));
  CHECK(contains(run.err, "user " + user + ": "));
  CHECK(world.sql("SELECT count(*) FROM user_feed WHERE user_id = " + user) == "0");
  world.sql("DROP TRIGGER refuse ON user_feed");
  CHECK(world.feedctl({"rebuild-feed", "--user", user}).exit_code == 0);
  CHECK(world.missing_rows() == "0");
}

TEST_CASE("inactive users get their rows with --inactive, and are on only then") {
  const VerifyFixture world;
  world.sql("DELETE FROM user_feed");
  world.sql("UPDATE feed_state SET state = 0");
  world.sql(
      "UPDATE feed_state SET state = 1 WHERE user_id = (SELECT min(user_id) FROM feed_state)");
  world.sql(
      "DELETE FROM feed_state WHERE user_id IN (SELECT user_id FROM feed_state ORDER BY user_id "
      "OFFSET 70)");
  const auto off = world.sql("SELECT max(user_id) FROM feed_state WHERE state = 0");
  CHECK(contains(world.feedctl({"rebuild-feed", "--user", off}).err, "--inactive"));
  CHECK(world.sql("SELECT count(*) FROM user_feed WHERE user_id = " + off) == "0");
  const auto run = world.feedctl({"rebuild-feed", "--inactive", "-o", "json"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(contains(run.out, "\"activated\":120,"));
  CHECK(world.sql("SELECT count(*) FROM feed_state WHERE state = 2") == "120");
  CHECK(world.missing_rows() == "0");
  CHECK(world.sql("SELECT generation FROM feed_state WHERE user_id = " + off) == "2");
}
