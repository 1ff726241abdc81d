// feedctl explain and trace: the verdict for each reason.
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using test::VerifyWorld;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("explain says why a post is, or is not, in a feed") {
  const VerifyWorld world;
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
  CHECK(contains(world.feedctl({"explain", "--user", user, "--post", post, "-o", "json"}).out,
                 "\"in_feed\":true,\"drift\":false"));
  says("1", post, "not in the feed: there is no such user");
  says(user, "1", "not in the feed: there is no such post");
  says(author, post, "in the feed: it is the user's own");

  world.sql("DELETE FROM user_feed WHERE user_id = " + user + " AND post_id = " + post);
  says(user, post, "its row is missing and nothing will bring it", 3);
  world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('fan_out', 1, " + post + ")");
  says(user, post, "its row is on its way");
  world.sql("DELETE FROM jobs");
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (5, 3, " + author + ", " +
            post + ")");
  says(user, post, "its row is on its way");
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  world.sql("UPDATE feed_state SET state = 1 WHERE user_id = " + user);
  says(user, post, "are being filled");
  world.sql("UPDATE feed_state SET state = 0 WHERE user_id = " + user);
  says(user, post, "no rows are kept for the user");
  world.sql("UPDATE feed_state SET state = 2 WHERE user_id = " + user);
  world.sql("INSERT INTO feed_pull (author_id) VALUES (" + author + ")");
  says(user, post, "is merged at read");
  world.sql("DELETE FROM feed_pull");
  const auto floor = world.sql("SELECT floor FROM feed_floor");
  world.sql("UPDATE feed_floor SET floor = " + post + " + 1");
  says(user, post, "below the rows' floor");
  world.sql("UPDATE feed_floor SET floor = " + floor);

  world.sql("INSERT INTO user_feed VALUES (" + user + ", " + post + ", " + author + ")");
  world.sql("DELETE FROM follows WHERE follower_id = " + user + " AND followee_id = " + author);
  says(user, post, "does not follow its author; its row is left over");
  world.sql("UPDATE users SET deleted_at = now() WHERE id = " + author);
  says(user, post, "its author has left");
  world.sql("UPDATE posts SET deleted_at = now() WHERE id = " + post);
  says(user, post, "the post is deleted");
  world.sql("UPDATE users SET deleted_at = now() WHERE id = " + user);
  says(user, post, "the user has left");
  world.sql("UPDATE posts SET author_id = NULL, deleted_at = NULL WHERE id = " + post);
  world.sql("UPDATE users SET deleted_at = NULL WHERE id = " + user);
  says(user, post, "the post has no author");
}

TEST_CASE("trace counts what a post's fan-out has reached and has left") {
  const VerifyWorld world;
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
  CHECK(contains(trace(), "(fan_out): 1000 of 2500 done, 1500 left, behind 77"));
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
