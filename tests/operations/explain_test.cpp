// feedctl explain and trace: the verdict for each reason.
#include <cmath>

#include "support/catch.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using test::VerifyFixture;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("explain says why a post is, or is not, in a feed") {
  const VerifyFixture world;
  const auto user = world.sql("SELECT max(user_id) FROM user_feed");
  const auto post = world.sql("SELECT max(post_id) FROM user_feed WHERE user_id = " + user);
  const auto author = world.sql("SELECT author_id FROM posts WHERE id = " + post);
  const auto says = [&](const std::string& who, const std::string& what, const std::string& text,
                        int exit_code = 0) {
    const auto answer = world.feedctl({"explain", "--user", who, "--post", what});
    INFO(answer.out << answer.err);
    CHECK(answer.exit_code == exit_code);
    CHECK(contains(answer.out, text));
  };
  says(user, post, "in the feed: its row is there");
  const auto json = [&] {
    return world.feedctl({"explain", "--user", user, "--post", post, "-o", "json"}).out;
  };
  CHECK(contains(json(), "\"in_feed\":true,\"drift\":false"));
  CHECK(contains(json(), "\"reasons\":[\"row\"]"));
  // "since" is the time of the follow's commit.
  const auto since = world.sql(
      "SELECT to_char(pg_xact_commit_timestamp(xmin) AT TIME ZONE 'UTC', "
      "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM follows WHERE follower_id = " +
      user + " AND followee_id = " + author);
  says(user, post, "since " + since);
  CHECK(contains(world.feedctl({"explain", "--user", "1", "--post", post}).err,
                 "there is no user 1"));
  CHECK(contains(world.feedctl({"explain", "--user", user, "--post", "1"}).err,
                 "there is no post 1"));
  says("1", post, "", 1);
  says(user, "1", "", 1);
  says(author, post, "in the feed: it is the user's own");

  world.sql("DELETE FROM user_feed WHERE user_id = " + user + " AND post_id = " + post);
  says(user, post, "its row is missing and nothing will write it", 3);
  world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('fan_out', 1, " + post + ")");
  says(user, post, "its row will still be written");
  world.sql("DELETE FROM jobs");
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (5, 3, " + author + ", " +
            post + ")");
  says(user, post, "its row will still be written");
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  world.sql("UPDATE feed_state SET state = 1 WHERE user_id = " + user);
  says(user, post, "are being filled");
  world.sql("UPDATE feed_state SET state = 0 WHERE user_id = " + user);
  says(user, post, "no rows are kept for the user");
  CHECK(contains(json(), "\"reasons\":[\"inactive\"]"));
  world.sql("UPDATE feed_state SET state = 2 WHERE user_id = " + user);
  world.sql("INSERT INTO feed_pull (author_id) VALUES (" + author + ")");
  says(user, post, "is merged at read");
  world.sql("DELETE FROM feed_pull");
  const auto floor = world.sql("SELECT floor FROM feed_floor");
  world.sql("UPDATE feed_floor SET floor = " + post + " + 1");
  says(user, post, "older than the kept rows");
  world.sql("UPDATE feed_floor SET floor = " + floor);

  world.sql("INSERT INTO user_feed VALUES (" + user + ", " + post + ", " + author + ")");
  world.sql("DELETE FROM follows WHERE follower_id = " + user + " AND followee_id = " + author);
  says(user, post, "does not follow its author; its row is left over");
  world.sql("UPDATE users SET suspended_at = now() WHERE id IN (" + author + ", " + user + ")");
  says(user, post, "not in the feed: the user is suspended");
  says(user, post, "also: its author is suspended");
  world.sql("UPDATE users SET suspended_at = NULL");
  world.sql("INSERT INTO hidden_posts (post_id) VALUES (" + post + ")");
  says(user, post, "the post is hidden by a moderator");
  world.sql("DELETE FROM hidden_posts");
  world.sql("UPDATE users SET deleted_at = now() WHERE id = " + author);
  says(user, post, "its author has left");
  world.sql("UPDATE posts SET deleted_at = now() WHERE id = " + post);
  says(user, post, "the post is deleted");
  says(user, post, "also: its author has left\nalso: the user does not follow its author");
  CHECK(contains(json(), "\"reasons\":[\"post_deleted\",\"author_left\",\"not_followed\"]"));
  world.sql("UPDATE users SET deleted_at = now() WHERE id = " + user);
  says(user, post, "the user has left");
  world.sql("UPDATE posts SET author_id = NULL, deleted_at = NULL WHERE id = " + post);
  world.sql("UPDATE users SET deleted_at = NULL WHERE id = " + user);
  says(user, post, "the post has no author");
}

TEST_CASE("trace counts what a post's fan-out has reached and has left") {
  const VerifyFixture world;
  const auto post = world.sql(
      "SELECT post_id FROM user_feed GROUP BY post_id ORDER BY count(*) DESC, post_id LIMIT 1");
  const auto rows = world.sql("SELECT count(*) FROM user_feed WHERE post_id = " + post);
  const auto trace = [&] { return world.feedctl({"trace", "--post", post, "-o", "json"}).out; };
  CHECK(contains(trace(), "\"rows\":" + rows + ","));
  CHECK(contains(trace(), "it has reached every follower"));
  world.sql("DELETE FROM user_feed WHERE post_id = " + post);
  CHECK(contains(trace(), "\"rows\":0,"));
  CHECK(contains(trace(), rows + " of " + rows + " rows are missing"));
  world.sql("INSERT INTO jobs (kind, lane, subject, done, total, cursor) VALUES ('fan_out', 1, " +
            post + ", 1000, 2500, '77')");
  CHECK(contains(trace(), "(fan_out): 1000 of 2500 done, 1500 left, after id 77"));
  world.sql("UPDATE jobs SET chunks = 2");
  CHECK(contains(trace(), "1500 left; chunks: 2 done, 3 left, after id 77"));
  CHECK(contains(trace(), "a job is open"));
  world.sql(
      "WITH gone AS (DELETE FROM jobs RETURNING *) INSERT INTO dead_events (kind, lane, subject, "
      "payload, attempts, crashes, error, created_at) SELECT kind, lane, subject, payload, 8, 0, "
      "'planted', created_at FROM gone");
  CHECK(contains(trace(), "planted"));
  CHECK(contains(trace(), "its fan-out was given up"));
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (5, 3, 1, " + post + ")");
  CHECK(contains(trace(), "\"event\":\"waiting\""));
  CHECK(world.feedctl({"trace", "--post", "1"}).exit_code == 1);
}

namespace {

// A post with its event, and followers whose rows each test adds.
struct FanOutFixture {
  VerifyFixture world;
  std::string post, author;

  FanOutFixture() {
    author =
        world.sql("SELECT followee_id FROM follows GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1");
    post = world.sql(
        "WITH made AS (INSERT INTO posts (author_id, shard, text) VALUES (" + author +
        ", 0, 'new') RETURNING id), event AS (INSERT INTO events (type, shard, actor, object) "
        "SELECT 5, 0, " +
        author + ", id FROM made) SELECT id FROM made");
  }
  // Writes in one transaction the rows of the followers whose number n matches `some`.
  void rows(const std::string& some) const {
    world.sql("INSERT INTO user_feed SELECT follower_id, " + post + ", " + author +
              " FROM (SELECT follower_id, row_number() OVER (ORDER BY follower_id) AS n FROM "
              "follows WHERE followee_id = " +
              author + ") f WHERE " + some);
  }
  std::string field(const std::string& name) const {
    const auto out = world.feedctl({"trace", "--post", post, "-o", "json"}).out;
    const auto at = out.find("\"" + name + "\":");
    REQUIRE(at != std::string::npos);
    const auto from = at + name.size() + 3;
    return out.substr(from, out.find_first_of(",}", from) - from);
  }
  // Milliseconds from the post's commit to the last row's.
  double longest() const {
    return std::stod(
        world.sql("SELECT extract(epoch FROM max(pg_xact_commit_timestamp(r.xmin)) - (SELECT "
                  "pg_xact_commit_timestamp(xmin) FROM posts WHERE id = " +
                  post + ")) * 1000 FROM user_feed r WHERE post_id = " + post));
  }
};

bool is_near(const std::string& told, double truth) {
  return std::abs(std::stod(told) - truth) < 0.02;
}

}  // namespace

TEST_CASE("trace measures the lag of each row from the post's commit to the row's") {
  const FanOutFixture fan;
  CHECK(fan.field("lag_p50_ms") == "null");
  CHECK(fan.field("lag_missing") == "\"no row was written while commits were tracked\"");
  fan.rows("n <= 3");
  const auto first = fan.longest();
  fan.rows("n > 3 AND n <= 5");
  CHECK(fan.field("rows_measured") == "5");
  CHECK(fan.field("transactions") == "2");
  CHECK(fan.field("rows_backfilled") == "0");
  CHECK(is_near(fan.field("lag_p50_ms"), first));
  CHECK(is_near(fan.field("lag_p99_ms"), fan.longest()));
  CHECK(is_near(fan.field("lag_max_ms"), fan.longest()));
  CHECK(fan.field("lag_missing") == "null");
}

TEST_CASE("trace excludes rows of a backfill, and counts a later follower from the follow on") {
  const FanOutFixture fan;
  fan.rows("n <= 5");
  const auto before = fan.longest();
  const auto late =
      fan.world.sql("SELECT max(follower_id) FROM follows WHERE followee_id = " + fan.author);
  // All of the author's posts in one transaction, as a backfill adds them.
  fan.world.sql("DELETE FROM user_feed WHERE user_id = " + late);
  fan.world.sql("INSERT INTO user_feed SELECT " + late +
                ", id, author_id FROM posts WHERE author_id = " + fan.author);
  CHECK(fan.field("rows_measured") == "5");
  CHECK(fan.field("rows_backfilled") == "1");
  CHECK(is_near(fan.field("lag_max_ms"), before));

  fan.world.sql("DELETE FROM user_feed WHERE user_id = " + late + " AND post_id = " + fan.post);
  fan.world.sql("DELETE FROM follows WHERE follower_id = " + late +
                " AND followee_id = " + fan.author);
  fan.world.sql("INSERT INTO follows VALUES (" + late + ", " + fan.author + ")");
  fan.world.sql("INSERT INTO user_feed VALUES (" + late + ", " + fan.post + ", " + fan.author +
                ")");
  CHECK(fan.field("rows_measured") == "6");
  CHECK(std::stod(fan.field("lag_max_ms")) < fan.longest());
}

TEST_CASE("trace reports why it cannot measure the lag of a bulk-loaded world") {
  const VerifyFixture world;
  const auto post = world.sql("SELECT max(post_id) FROM user_feed");
  const auto out = world.feedctl({"trace", "--post", post, "-o", "json"}).out;
  CHECK(contains(out, "the log has no event of it"));
  CHECK(contains(out, "\"lag_p99_ms\":null"));
}
