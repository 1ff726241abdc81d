// The deletion of an account, and the jobs that remove its rows.
#include "account_cleanup_fixture.hpp"
#include "feed_materialized/fan_out_handlers.hpp"
#include "hot/queries.hpp"
#include "sql/posts.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::AccountCleanupFixture;
using test::error_of;
using namespace std::chrono_literals;

namespace {

std::string open_jobs(const AccountCleanupFixture& world) {
  return world.text(
      "SELECT coalesce(string_agg(kind || coalesce(payload->>'pass', ''), ',' ORDER BY id), '') "
      "FROM "
      "jobs");
}

bool is_visible(const posts::Page& page, Id post) {
  for (const auto& one : page.posts) {
    if (one.id == post) return true;
  }
  return false;
}

bool is_ranked(AccountCleanupFixture& world, Id post) {
  for (const auto& one : hot::queries::load_ranking(world.database, 100).posts) {
    if (one.id == post) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a deleted account is invisible immediately, before any job has run") {
  AccountCleanupFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.add_post(ada), other = world.add_post(bob);
  world.follows.follow(bob, ada);
  world.follows.follow(ada, bob);
  world.likes.like(bob, post);
  world.likes.like(ada, other);
  feed::FeedReader feed(world.database);
  REQUIRE(is_visible(feed.read_page(bob, posts::max_id, 10), post));
  REQUIRE(is_ranked(world, post));

  world.delete_account(ada);

  const auto gone = "User with id " + std::to_string(ada) + " not found";
  const auto post_gone = "Post with id " + std::to_string(post) + " not found";
  CHECK(error_of([&] { world.delete_account(ada); }) == gone);
  CHECK(error_of([&] { world.users.get(ada); }) == gone);
  CHECK_FALSE(world.users.find("ada"));
  CHECK(error_of([&] { world.posts.get(post, bob); }) == post_gone);
  CHECK(error_of([&] { world.posts.of_author(ada, posts::max_id, 10, bob); }) == gone);
  CHECK(error_of([&] { world.posts.create(ada, "late"); }) == gone);
  CHECK(error_of([&] { world.posts.remove(post, bob, false); }) == post_gone);
  CHECK(error_of([&] { world.follows.follow(bob, ada); }) == gone);
  CHECK(error_of([&] { world.follows.follow(ada, bob); }) == gone);
  CHECK(error_of([&] { world.follows.followers(ada, posts::max_id, 10); }) == gone);
  CHECK(world.follows.followers(bob, posts::max_id, 10).users.empty());
  CHECK(world.follows.following(bob, posts::max_id, 10).users.empty());
  CHECK(error_of([&] { world.likes.like(bob, post); }) == post_gone);
  CHECK(error_of([&] { world.likes.unlike(bob, post); }) == post_gone);
  CHECK(error_of([&] { world.likes.find(bob, post); }) == post_gone);
  CHECK(error_of([&] { world.likes.aggregates(post); }) == post_gone);
  CHECK(error_of([&] { world.likes.of_post(post, posts::max_id, 10); }) == post_gone);
  CHECK(world.likes.of_post(other, posts::max_id, 10).likes.empty());
  CHECK_FALSE(is_visible(feed.read_page(bob, posts::max_id, 10), post));
  CHECK(error_of([&] { feed.read_page(ada, posts::max_id, 10); }) == gone);
  CHECK_FALSE(is_ranked(world, post));
  CHECK(is_ranked(world, other));
  CHECK(world.text("SELECT handle || ':' || name FROM users WHERE deleted_at IS NOT NULL") ==
        "ada:");
  CHECK(world.add("ada") != ada);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 9 AND actor = object") == 1);
}

TEST_CASE("all data of a deleted account are removed, and the other users' counters stay exact") {
  account_cleanup::Options chunks;
  chunks.rows_per_chunk = 3;
  AccountCleanupFixture world(chunks);
  const auto ada = world.add("ada");
  std::vector<Id> others, theirs;
  for (int i = 0; i < 8; ++i) others.push_back(world.add("user_" + std::to_string(i)));
  for (const auto other : others) {
    theirs.push_back(world.add_post(other));
    const auto own = world.add_post(ada);
    world.likes.like(other, own);
    world.likes.like(others[0], theirs.back());
    world.likes.like(ada, theirs.back());
    world.follows.follow(ada, other);
    world.follows.follow(other, ada);
    world.follows.follow(other, others[other == others[0] ? 1 : 0]);
  }
  REQUIRE(world.find_inconsistencies().empty());
  world.delete_account(ada);
  world.run_until_idle();
  CHECK(world.find_inconsistencies().empty());
  CHECK(open_jobs(world) == "remove_account2");
  for (const auto post : theirs) CHECK(world.posts.get(post, {}).like_count == 1);
  CHECK(world.users.get(others[0]).followers == 7);
  CHECK(world.users.get(others[1]).following == 1);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 2") == 8);
  CHECK(world.number(
            "SELECT count(*) FROM events e WHERE type = 2 AND liked_at = (SELECT liked_at FROM "
            "events f WHERE f.type = 1 AND f.actor = e.actor AND f.object = e.object)") == 8);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 4") == 16);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 6") == 8);
  world.run_until_idle_with_second_pass();
  CHECK(open_jobs(world).empty());
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 4") == 16);
}

TEST_CASE("a cleanup interrupted after any chunk resumes where it was") {
  account_cleanup::Options chunks;
  chunks.rows_per_chunk = 2;
  AccountCleanupFixture world(chunks);
  const auto ada = world.add("ada");
  for (int i = 0; i < 5; ++i) {
    const auto other = world.add("user_" + std::to_string(i));
    world.likes.like(ada, world.add_post(other));
    world.likes.like(other, world.add_post(ada));
    world.follows.follow(ada, other);
    world.follows.follow(other, ada);
  }
  world.delete_account(ada);
  world.handle_events();
  // Each chunk runs once without a commit, as in a crash, and then again.
  int runs = 0, lost = 0;
  const auto& work = world.kinds.at("remove_account");
  const jobs::HandlerRegistry breaking{
      {"remove_account", [&](events::UnitOfWork& unit, const jobs::Job& job) {
         auto chunk = work(unit, job);
         if (runs++ % 2 == 0) {
           ++lost;
           throw Error(ErrorCode::internal, "broken off");
         }
         return chunk;
       }}};
  for (int i = 0; i < 100 && open_jobs(world) != "remove_account2"; ++i) {
    world.run_jobs(breaking);
    world.fresh.execute("UPDATE jobs SET not_before = now() WHERE payload->>'pass' = '1'");
  }
  // One chunk for the feed, three for each of four stages with five rows, one for no imports.
  CHECK(lost == 14);
  CHECK(runs == 2 * lost);
  world.run_until_idle();
  CHECK(world.find_inconsistencies().empty());
  CHECK(world.number("SELECT count(*) FROM dead_events") == 0);
}

TEST_CASE("what remembers the imports of an account goes with it, and that of others stays") {
  account_cleanup::Options chunks;
  chunks.rows_per_chunk = 2;
  AccountCleanupFixture world(chunks);
  const auto ada = world.add("ada"), bob = world.add("bob");
  for (const auto user : {ada, bob}) {
    const auto id = std::to_string(user);
    world.fresh.execute("INSERT INTO imported_accounts SELECT 'twitter', n || ' of " + id + "', " +
                        id + " FROM generate_series(1, 2) n");
    world.fresh.execute("INSERT INTO imported_posts SELECT " + id +
                        ", gen_random_uuid() FROM generate_series(1, 5)");
  }
  world.delete_account(ada);
  world.run_until_idle();
  for (const char* table : {"imported_accounts", "imported_posts"}) {
    INFO(table);
    const auto rows = "SELECT count(*) FROM " + std::string(table) + " WHERE user_id = ";
    CHECK(world.number(rows + std::to_string(ada)) == 0);
    CHECK(world.number(rows + std::to_string(bob)) == (rows.find("posts") == rows.npos ? 2 : 5));
  }
}

TEST_CASE("writes in flight during the deletion are removed by the second pass") {
  AccountCleanupFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.add_post(bob);
  commands::Command keyed{commands::IdempotencyKey{ada, "\\x01", "\\x02"}, {}, false};
  world.follows.follow(ada, bob, keyed);
  // This write begins before the deletion of the account and commits after the first pass.
  auto writing = world.database.write();
  writing.query(sql::posts::create, store::params(ada, "late", std::nullopt, std::nullopt));
  world.delete_account(ada);
  world.run_until_idle();
  CHECK(world.find_inconsistencies().empty());
  writing.commit();
  world.likes.like(ada, post);  // a token of the account is still valid
  CHECK(world.number("SELECT count(*) FROM idempotency_keys") == 1);
  world.run_until_idle();
  CHECK(world.find_inconsistencies().find("post of the departed") != std::string::npos);
  CHECK(world.find_inconsistencies().find("like of the departed") != std::string::npos);
  world.run_until_idle_with_second_pass();
  CHECK(world.find_inconsistencies().empty());
  CHECK(world.posts.get(post, {}).like_count == 0);
  CHECK(world.number("SELECT count(*) FROM idempotency_keys") == 0);
}

TEST_CASE("no feed rows are kept for a deleted account, and none are added") {
  AccountCleanupFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto count = [&](const std::string& table, const std::string& column, Id user) {
    return world.number("SELECT count(*) FROM " + table + " WHERE " + column + " = " +
                        std::to_string(user));
  };
  const auto bob_writes = [&] {
    events::Event created;
    created.type = events::Type::post_created;
    created.actor = bob;
    created.object = world.add_post(bob);
    events::UnitOfWork unit(world.database.write());
    feed_materialized::fan_out_handler({})(unit, std::span<const events::Event>(&created, 1));
    unit.commit();
  };
  world.follows.follow(ada, bob);
  world.fresh.execute("INSERT INTO feed_state (user_id, state) SELECT id, 2 FROM users");
  world.fresh.execute("INSERT INTO feed_pull (author_id) VALUES (" + std::to_string(ada) + ")");
  bob_writes();
  REQUIRE(count("user_feed", "user_id", ada) == 1);

  world.delete_account(ada);
  bob_writes();  // the follow exists until the job has run
  world.run_until_idle();
  CHECK(count("feed_state", "user_id", ada) == 0);
  CHECK(count("feed_state", "user_id", bob) == 1);
  CHECK(count("feed_pull", "author_id", ada) == 0);
  const auto rows = count("user_feed", "user_id", ada);
  bob_writes();
  CHECK(count("user_feed", "user_id", ada) == rows);  // these rows go with their partitions

  // As left by an activation that saw a living account and committed after the first pass.
  world.fresh.execute("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(ada) +
                      ", 1)");
  world.run_until_idle_with_second_pass();
  CHECK(count("feed_state", "user_id", ada) == 0);
  CHECK(world.find_inconsistencies().empty());
}

TEST_CASE("duplicate events create no second job") {
  AccountCleanupFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.add_post(bob);
  world.delete_account(ada);
  world.fresh.execute("INSERT INTO post_views (post_id) VALUES (" + std::to_string(post) + ")");
  const auto handle = account_cleanup::cleanup_handler({});
  events::Event left, gone;
  left.type = events::Type::user_deleted;
  left.object = ada;
  gone.type = events::Type::post_deleted;
  gone.object = post;
  for (int i = 0; i < 2; ++i) {
    events::UnitOfWork unit(world.database.write());
    const std::vector<events::Event> batch{left, gone, left, gone};
    handle(unit, batch);
    unit.commit();
  }
  CHECK(open_jobs(world) == "remove_account1,remove_account2,remove_likes");
  CHECK(world.number(
            "SELECT count(*) FROM jobs WHERE not_before > now() + interval '86500 seconds'") == 1);
}

TEST_CASE("a post with many likes is deleted at once, its likes go in chunks") {
  AccountCleanupFixture world;
  const auto post = world.add_post(world.add("ada"));
  const auto kept = world.posts.create(std::nullopt, "").id;
  for (const auto id : {post, kept}) {
    world.fresh.execute(
        "WITH made AS (INSERT INTO likes (user_id, post_id) SELECT n, " + std::to_string(id) +
        " FROM generate_series(1, 20000) n RETURNING user_id, post_id, created_at), "
        "counted AS (UPDATE post_likes SET like_count = 20000 WHERE post_id = " +
        std::to_string(id) +
        ") INSERT INTO events (type, shard, actor, object, liked_at) "
        "SELECT 1, feedctl_shard(user_id), user_id, post_id, created_at FROM made");
  }
  REQUIRE(world.find_inconsistencies().empty());
  const auto begun = std::chrono::steady_clock::now();
  world.posts.remove(post, std::nullopt, false);
  CHECK(std::chrono::steady_clock::now() - begun < 60s);
  CHECK(world.number("SELECT count(*) FROM likes") == 39000);
  CHECK(error_of([&] { world.likes.of_post(post, posts::max_id, 10); }) != "");
  world.handle_events();
  REQUIRE(open_jobs(world) == "remove_likes");
  int chunks = 0;
  std::chrono::steady_clock::duration longest{};
  jobs::RunnerState state;
  for (auto at = std::chrono::steady_clock::now();
       jobs::run_one(world.database, jobs::Priority::low, world.kinds, state);
       at = std::chrono::steady_clock::now()) {
    ++chunks;
    longest = std::max(longest, std::chrono::steady_clock::now() - at);
  }
  CHECK(longest < 60s);
  CHECK(chunks == 4);
  CHECK(open_jobs(world).empty());
  CHECK(world.number("SELECT count(*) FROM likes") == 20000);
  CHECK(world.find_inconsistencies().empty());
}

TEST_CASE("a cleanup job for an existing post deletes nothing of it") {
  AccountCleanupFixture world;
  const auto ada = world.add("ada");
  const auto post = world.add_post(ada);
  world.likes.like(ada, post);
  world.fresh.execute("INSERT INTO post_views (post_id, view_count) VALUES (" +
                      std::to_string(post) + ", 7)");
  auto tx = world.database.write();
  jobs::add(tx, {.kind = "remove_likes", .priority = jobs::Priority::low, .subject = post});
  tx.commit();
  world.run_jobs(world.kinds);
  CHECK(open_jobs(world).empty());
  CHECK(world.posts.get(post, ada).like_count == 1);
  CHECK(world.posts.get(post, ada).view_count == 7);
  CHECK(world.find_inconsistencies().empty());
}
