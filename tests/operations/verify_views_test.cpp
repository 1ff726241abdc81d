// feedctl verify of view counters: I5, and I9 of counters whose post is gone.
#include <atomic>
#include <thread>

#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/eventually.hpp"
#include "verify_fixture.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What a flush of one view does, in one statement: the row, the counter.
constexpr store::Query count_view{
    "test/count_view",
    "WITH seen AS (INSERT INTO post_view_seen VALUES ($1::bigint, $2::bigint, (now() AT TIME ZONE "
    "'UTC')::date) ON CONFLICT DO NOTHING RETURNING post_id)"
    " UPDATE post_views v SET view_count = view_count + 1 FROM seen s WHERE v.post_id = s.post_id"};

// Two posts that ten and twenty people saw before rows were kept, and three since.
struct ViewedWorld {
  test::VerifyFixture world;
  const std::string post = world.sql("SELECT min(id) FROM posts");
  const std::string other = world.sql("SELECT max(id) FROM posts");

  ViewedWorld() {
    world.sql("INSERT INTO post_views VALUES (" + post + ", 13, 10), (" + other + ", 23, 20)");
    world.sql(
        "INSERT INTO post_view_seen SELECT post_id, u, (now() AT TIME ZONE 'UTC')::date - (u % 2)"
        " FROM post_views, generate_series(1, 3) u");
  }

  support::RunResult verify(const std::string& invariant,
                            const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words{"verify", "--all", "-o", "json", "--invariant", invariant};
    words.insert(words.end(), more.begin(), more.end());
    return world.feedctl(words);
  }
  void set(const std::string& change) const {
    world.sql("UPDATE post_views SET " + change + " WHERE post_id = " + post);
  }
  // "count base" of the first post.
  std::string counter() const {
    return world.sql("SELECT view_count || ' ' || base FROM post_views WHERE post_id = " + post);
  }
  std::string flush_events() const {
    return world.sql("SELECT count(*) FROM events WHERE type = 13");
  }
  store::Options options() const {
    auto options = support::long_timeouts();
    options.url = world.database.url();
    return options;
  }
};

}  // namespace

TEST_CASE("view counters that agree with their base and their rows are no drift") {
  const ViewedWorld viewed;
  const auto found = viewed.verify("I5");
  INFO(found.out << found.err);
  CHECK(found.exit_code == 0);
  CHECK(contains(found.out, "\"checked\":2"));
  CHECK(viewed.verify("I9").exit_code == 0);
  CHECK(viewed.world.feedctl({"verify", "--sample", "5", "--invariant", "I5"}).exit_code == 0);
}

TEST_CASE("a view counter that is too low is raised, and the log is told by how much") {
  const ViewedWorld viewed;
  viewed.set("view_count = 9");
  const auto found = viewed.verify("I5");
  INFO(found.out << found.err);
  CHECK(found.exit_code == 3);
  CHECK(contains(found.out, "\"drift\":1"));
  CHECK(contains(found.out, "post " + viewed.post + " counts 9 views and has 13"));
  CHECK_FALSE(contains(found.out, "never shrinks"));

  CHECK(viewed.verify("I5", {"--repair", "--dry-run"}).exit_code == 3);
  CHECK(viewed.counter() == "9 10");
  CHECK(viewed.flush_events() == "0");

  const auto repaired = viewed.verify("I5", {"--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(viewed.counter() == "13 10");
  CHECK(viewed.flush_events() == "1");
  CHECK(viewed.world.sql("SELECT (shard, actor, object, view_deltas) = (0, 0, 1, ARRAY[" +
                         viewed.post + ", 4]::bigint[]) FROM events WHERE type = 13") == "t");
  CHECK(viewed.verify("I5").exit_code == 0);
}

TEST_CASE("a view counter that is too high stays, since it was shown: its base is raised") {
  const ViewedWorld viewed;
  viewed.set("view_count = 20");
  const auto repaired = viewed.verify("I5", {"--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(contains(repaired.out, "post " + viewed.post + " counts 20 views and has 13"));
  CHECK(contains(repaired.out, "never shrinks"));
  CHECK(viewed.counter() == "20 17");
  CHECK(viewed.flush_events() == "0");
  CHECK(viewed.verify("I5").exit_code == 0);
}

TEST_CASE("a viewed post without a view counter gets one, unless the post is deleted") {
  const ViewedWorld viewed;
  const auto& world = viewed.world;
  world.sql("DELETE FROM post_views WHERE post_id = " + viewed.post);
  const auto found = viewed.verify("I5");
  INFO(found.out << found.err);
  CHECK(found.exit_code == 3);
  CHECK(contains(found.out, "post " + viewed.post + " has 3 views and no view counter"));
  CHECK(viewed.verify("I5", {"--repair"}).exit_code == 0);
  CHECK(viewed.counter() == "3 0");
  CHECK(world.sql("SELECT view_deltas = ARRAY[" + viewed.post +
                  ", 3]::bigint[] FROM events WHERE type = 13") == "t");
  CHECK(viewed.verify("I5").exit_code == 0);

  world.sql("DELETE FROM post_views WHERE post_id = " + viewed.post);
  world.sql("UPDATE posts SET deleted_at = now() WHERE id = " + viewed.post);
  CHECK(viewed.verify("I5").exit_code == 0);
}

TEST_CASE("views that are counted meanwhile are no drift") {
  const ViewedWorld viewed;
  store::Database database(viewed.options());
  std::atomic<bool> is_done{false};
  std::thread flush([&] {
    const std::int64_t post = std::stoll(viewed.post), other = std::stoll(viewed.other);
    for (std::int64_t user = 100; user < 120 || !is_done; ++user) {
      database.execute(count_view, store::params(post, user));
      database.execute(count_view, store::params(other, user));
    }
  });
  for (int round = 0; round < 3; ++round) {
    const auto found = viewed.verify("I5");
    INFO(found.out << found.err);
    CHECK(found.exit_code == 0);
  }
  is_done = true;
  flush.join();
  CHECK(viewed.verify("I5").exit_code == 0);
}

TEST_CASE("a repair counts the views of a flush that it waited for") {
  const ViewedWorld viewed;
  viewed.set("view_count = 9");
  store::Database database(viewed.options());
  auto flush = std::make_unique<store::WriteTx>(database.write());
  flush->query(count_view, store::params(std::int64_t{std::stoll(viewed.post)}, 200));
  support::BackgroundProcess verify(
      {support::feedctl_binary(), "verify", "--all", "--invariant", "I5", "--repair"},
      viewed.world.options());
  // The check has found the drift: its repair waits for the counter.
  const bool waits = support::eventually([&] {
    return viewed.world.sql(
               "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
               "application_name LIKE 'feedctl.verify%')") == "t";
  });
  flush->commit();
  const auto code = verify.wait(std::chrono::seconds{120});
  INFO(verify.output());
  CHECK(waits);
  CHECK(code == 0);
  CHECK(viewed.counter() == "14 10");
  CHECK(viewed.verify("I5").exit_code == 0);
}

TEST_CASE("a view counter whose post is gone is removed, unless a job will remove it") {
  const ViewedWorld viewed;
  const auto& world = viewed.world;
  world.sql("INSERT INTO post_views VALUES (77, 1, 1)");
  const auto found = viewed.verify("I9");
  INFO(found.out << found.err);
  CHECK(found.exit_code == 3);
  CHECK(contains(found.out, "post 77 is gone and has a view counter"));

  world.sql("INSERT INTO jobs (kind, lane, subject) VALUES ('remove_likes', 2, 77)");
  CHECK(viewed.verify("I9").exit_code == 0);
  world.sql("DELETE FROM jobs");
  world.sql("INSERT INTO events (type, shard, actor, object) VALUES (6, 0, 1, 77)");
  CHECK(viewed.verify("I9").exit_code == 0);
  world.sql("UPDATE consumers SET at = pg_current_snapshot()");
  CHECK(viewed.verify("I9").exit_code == 3);

  const auto repaired = viewed.verify("I9", {"--repair"});
  INFO(repaired.out << repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(world.sql("SELECT string_agg(post_id::text, ' ' ORDER BY post_id) FROM post_views") ==
        viewed.post + " " + viewed.other);
}
