// feedctl verify --index: its index agrees with the defining query, also while users post and
// follow; a row that was changed without an event is found.
#include <functional>

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

TEST_CASE("the index of a correct world equals the defining query, in full and by samples") {
  const VerifyFixture world;
  const auto all = world.feedctl({"verify", "--index", "--all", "-o", "json"});
  INFO(all.out << all.err);
  CHECK(all.exit_code == 0);
  CHECK(contains(all.out,
                 "\"invariant\":\"I10\",\"what\":\"feed index\",\"checked\":120,\"drift\":0"));
  const auto some = world.feedctl({"verify", "--index", "--sample", "20", "-o", "json"});
  CHECK(some.exit_code == 0);
  CHECK(contains(some.out, "\"checked\":20,"));
}

TEST_CASE("neither a suspension nor what comes of its end is drift") {
  const VerifyFixture world;
  const auto handle = world.sql(
      "SELECT u.handle FROM users u JOIN user_feed f ON f.author_id = u.id "
      "GROUP BY u.handle ORDER BY count(*) DESC LIMIT 1");
  const auto run = [&](std::vector<std::string> words) {
    const auto result = world.feedctl(words);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
  };
  const auto verify = [&] {
    run({"verify", "--all"});
    run({"verify", "--index", "--all"});
  };
  run({"users", "suspend", "--handle", handle, "--reason", "spam"});
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");  // workers have nothing to do
  verify();
  run({"rebuild-feed", "--all"});
  verify();
  run({"users", "reinstate", "--handle", handle});
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  CHECK(world.missing_rows() == "0");
  verify();
}

TEST_CASE("neither hidden posts nor those shown again are drift") {
  const VerifyFixture world;
  const auto run = [&](std::vector<std::string> words) {
    const auto result = world.feedctl(words);
    INFO(result.out << result.err);
    CHECK(result.exit_code == 0);
  };
  const auto verify = [&] {
    world.sql("UPDATE consumers SET at = pg_current_snapshot()");  // workers have nothing to do
    run({"verify", "--all"});
    run({"verify", "--index", "--all"});
  };
  world.sql(
      "WITH p AS (SELECT id, author_id, shard FROM posts WHERE deleted_at IS NULL AND id % 3 = 0), "
      "h AS (INSERT INTO hidden_posts (post_id) SELECT id FROM p), "
      "e AS (INSERT INTO events (type, shard, actor, object) "
      "SELECT 16, shard, coalesce(author_id, 0), id FROM p) SELECT count(*) FROM p");
  verify();
  run({"rebuild-feed", "--all"});
  verify();
  world.sql(
      "WITH h AS (DELETE FROM hidden_posts RETURNING post_id), "
      "e AS (INSERT INTO events (type, shard, actor, object) "
      "SELECT 17, p.shard, coalesce(p.author_id, 0), p.id FROM h JOIN posts p ON p.id = h.post_id) "
      "SELECT count(*) FROM h");
  CHECK(world.missing_rows() == "0");
  verify();
}

TEST_CASE("unsupported options of --index are refused") {
  const support::RunOptions nowhere;
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--index", "--repair"}, {"--index", "--invariant", "I1"}, {"--watch", "1s"}}) {
    auto all = arguments;
    all.insert(all.begin(), "verify");
    CHECK(support::run_feedctl(all, nowhere).exit_code == 64);
  }
}

TEST_CASE("where the log cannot be followed --index says why, and does not wait for ever") {
  const VerifyFixture world;
  world.sql("UPDATE log_state SET cluster = 1");
  support::BackgroundProcess verify({support::feedctl_binary(), "verify", "--index", "--all"},
                                    world.options());
  const auto code = verify.wait(150s);
  INFO(verify.output());
  CHECK(code == 78);
  CHECK(contains(verify.output(), "was made in another cluster"));
}

TEST_CASE("posts, follows and removals are no drift, a follow that goes past the log is") {
  const VerifyFixture world;
  const auto watch = [&](const std::function<void(int)>& act) {
    support::BackgroundProcess verify(
        {support::feedctl_binary(), "verify", "--index", "--all", "--watch", "4s", "-o", "json"},
        world.options());
    std::optional<int> code;
    for (int i = 0; !code; ++i) {
      act(i);
      code = verify.wait(50ms);
    }
    INFO(verify.output());
    return *code;
  };
  // With the events that the commands write.
  const int busy = watch([&](int i) {
    const auto n = std::to_string(i % 100);
    world.sql(
        "WITH f AS (DELETE FROM follows WHERE (follower_id, followee_id) = (SELECT follower_id, "
        "followee_id FROM follows ORDER BY follower_id, followee_id OFFSET " +
        n +
        " LIMIT 1) "
        "RETURNING *) INSERT INTO events (type, shard, actor, object) "
        "SELECT 4, 0, follower_id, followee_id FROM f");
    world.sql(
        "WITH p AS (UPDATE posts SET deleted_at = now() WHERE id = (SELECT id FROM posts WHERE "
        "deleted_at IS NULL ORDER BY id OFFSET " +
        n +
        " LIMIT 1) RETURNING *) "
        "INSERT INTO events (type, shard, actor, object) SELECT 6, 0, author_id, id FROM p");
  });
  CHECK(busy == 0);
  const int drifted = watch([&](int i) {
    world.sql(
        "DELETE FROM follows WHERE (follower_id, followee_id) = (SELECT follower_id, followee_id "
        "FROM follows f WHERE EXISTS (SELECT FROM posts p WHERE p.author_id = f.followee_id AND "
        "p.deleted_at IS NULL) ORDER BY follower_id, followee_id OFFSET " +
        std::to_string(i % 50) + " LIMIT 1)");
  });
  CHECK(drifted == 3);
}
