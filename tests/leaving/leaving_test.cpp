// An account leaves, and what it leaves behind goes.
#include <atomic>
#include <random>
#include <thread>

#include "feed/on_events.hpp"
#include "hot/rows.hpp"
#include "sql/follows.hpp"
#include "sql/posts.hpp"
#include "sql/users.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using test::said;
using test::World;
using namespace std::chrono_literals;

namespace {

std::string open_jobs(const World& world) {
  return world.text(
      "SELECT coalesce(string_agg(kind || coalesce(payload->>'pass', ''), ',' ORDER BY id), '') "
      "FROM "
      "jobs");
}

bool shows(const posts::Page& page, Id post) {
  for (const auto& one : page.posts) {
    if (one.id == post) return true;
  }
  return false;
}

bool ranked(World& world, Id post) {
  for (const auto& one : hot::rows::ranking(world.database, 100).posts) {
    if (one.id == post) return true;
  }
  return false;
}

void wait_for_a_lock(const World& world) {
  for (int i = 0; i < 1000; ++i) {
    if (world.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "wait_event_type = 'Lock'") > 0) {
      return;
    }
    std::this_thread::sleep_for(10ms);
  }
  throw Error(ErrorCode::internal, "nobody waits for a lock");
}

}  // namespace

TEST_CASE("an account that leaves is invisible at once, before any job has run") {
  World world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.write(ada), other = world.write(bob);
  world.follows.follow(bob, ada);
  world.follows.follow(ada, bob);
  world.likes.like(bob, post);
  world.likes.like(ada, other);
  feed::Feed feed(world.database);
  REQUIRE(shows(feed.page(bob, posts::newest, 10), post));
  REQUIRE(ranked(world, post));

  world.leave(ada);

  const auto gone = "User with id " + std::to_string(ada) + " not found";
  const auto post_gone = "Post with id " + std::to_string(post) + " not found";
  CHECK(said([&] { world.leave(ada); }) == gone);
  CHECK(said([&] { world.users.get(ada); }) == gone);
  CHECK_FALSE(world.users.find("ada"));
  CHECK(said([&] { world.posts.get(post, bob); }) == post_gone);
  CHECK(said([&] { world.posts.of_author(ada, posts::newest, 10, bob); }) == gone);
  CHECK(said([&] { world.posts.create(ada, "late"); }) == gone);
  CHECK(said([&] { world.posts.remove(post, bob, false); }) == post_gone);
  CHECK(said([&] { world.follows.follow(bob, ada); }) == gone);
  CHECK(said([&] { world.follows.follow(ada, bob); }) == gone);
  CHECK(said([&] { world.follows.followers(ada, posts::newest, 10); }) == gone);
  CHECK(world.follows.followers(bob, posts::newest, 10).users.empty());
  CHECK(world.follows.following(bob, posts::newest, 10).users.empty());
  CHECK(said([&] { world.likes.like(bob, post); }) == post_gone);
  CHECK(said([&] { world.likes.unlike(bob, post); }) == post_gone);
  CHECK(said([&] { world.likes.find(bob, post); }) == post_gone);
  CHECK(said([&] { world.likes.aggregates(post); }) == post_gone);
  CHECK(said([&] { world.likes.of_post(post, posts::newest, 10); }) == post_gone);
  CHECK(world.likes.of_post(other, posts::newest, 10).likes.empty());
  CHECK_FALSE(shows(feed.page(bob, posts::newest, 10), post));
  CHECK(said([&] { feed.page(ada, posts::newest, 10); }) == gone);
  CHECK_FALSE(ranked(world, post));
  CHECK(ranked(world, other));
  CHECK(world.text("SELECT handle || ':' || name FROM users WHERE deleted_at IS NOT NULL") ==
        "ada:");
  CHECK(world.add("ada") != ada);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 9 AND actor = object") == 1);
}

TEST_CASE("everything of an account goes, and the counters of those who stay are exact") {
  leaving::Options chunks;
  chunks.pairs_a_chunk = 3;
  World world(chunks);
  const auto ada = world.add("ada");
  std::vector<Id> others, theirs;
  for (int i = 0; i < 8; ++i) others.push_back(world.add("user_" + std::to_string(i)));
  for (const auto other : others) {
    theirs.push_back(world.write(other));
    const auto own = world.write(ada);
    world.likes.like(other, own);
    world.likes.like(others[0], theirs.back());
    world.likes.like(ada, theirs.back());
    world.follows.follow(ada, other);
    world.follows.follow(other, ada);
    world.follows.follow(other, others[other == others[0] ? 1 : 0]);
  }
  REQUIRE(world.wrong().empty());
  world.leave(ada);
  world.settle();
  CHECK(world.wrong().empty());
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
  world.settle_for_good();
  CHECK(open_jobs(world).empty());
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 4") == 16);
}

TEST_CASE("a removal that is broken off at any chunk goes on where it was") {
  leaving::Options chunks;
  chunks.pairs_a_chunk = 2;
  World world(chunks);
  const auto ada = world.add("ada");
  for (int i = 0; i < 5; ++i) {
    const auto other = world.add("user_" + std::to_string(i));
    world.likes.like(ada, world.write(other));
    world.likes.like(other, world.write(ada));
    world.follows.follow(ada, other);
    world.follows.follow(other, ada);
  }
  world.leave(ada);
  world.take_events();
  // Every chunk is first done and lost before its commit, as by a crash.
  int runs = 0, lost = 0;
  const auto& work = world.kinds.at("remove_account");
  const jobs::Kinds breaking{{"remove_account", [&](events::Unit& unit, const jobs::Job& job) {
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
  CHECK(lost == 13);  // the feed; then four stages of five rows, two a chunk
  CHECK(runs == 2 * lost);
  world.settle();
  CHECK(world.wrong().empty());
  CHECK(world.number("SELECT count(*) FROM dead_events") == 0);
}

TEST_CASE("what was in flight while an account left goes with the second pass") {
  World world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.write(bob);
  commands::Command keyed{commands::Key{ada, "\\x01", "\\x02"}, {}, false};
  world.follows.follow(ada, bob, keyed);
  // Begun before the account leaves, committed after its first pass.
  auto writing = world.database.write();
  writing.query(sql::posts::create, store::params(ada, "late", std::nullopt, std::nullopt));
  world.leave(ada);
  world.settle();
  CHECK(world.wrong().empty());
  writing.commit();
  world.likes.like(ada, post);  // as a token that is still good may
  CHECK(world.number("SELECT count(*) FROM idempotency_keys") == 1);
  world.settle();
  CHECK(world.wrong().find("post of the departed") != std::string::npos);
  CHECK(world.wrong().find("like of the departed") != std::string::npos);
  world.settle_for_good();
  CHECK(world.wrong().empty());
  CHECK(world.posts.get(post, {}).like_count == 0);
  CHECK(world.number("SELECT count(*) FROM idempotency_keys") == 0);
}

TEST_CASE("nothing is kept ready for an account that has left, nor added any more") {
  World world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto count = [&](const std::string& table, const std::string& column, Id user) {
    return world.number("SELECT count(*) FROM " + table + " WHERE " + column + " = " +
                        std::to_string(user));
  };
  const auto bob_writes = [&] {
    events::Event created;
    created.type = events::Type::post_created;
    created.actor = bob;
    created.object = world.write(bob);
    events::Unit unit(world.database.write());
    feed::on_events({})(unit, std::span<const events::Event>(&created, 1));
    unit.commit();
  };
  world.follows.follow(ada, bob);
  world.fresh.execute("INSERT INTO feed_state (user_id, state) SELECT id, 2 FROM users");
  world.fresh.execute("INSERT INTO feed_pull (author_id) VALUES (" + std::to_string(ada) + ")");
  bob_writes();
  REQUIRE(count("user_feed", "user_id", ada) == 1);

  world.leave(ada);
  bob_writes();  // the follow stands until the job has run
  world.settle();
  CHECK(count("feed_state", "user_id", ada) == 0);
  CHECK(count("feed_state", "user_id", bob) == 1);
  CHECK(count("feed_pull", "author_id", ada) == 0);
  const auto rows = count("user_feed", "user_id", ada);
  bob_writes();
  CHECK(count("user_feed", "user_id", ada) == rows);  // these go with their parts

  // By an activation that saw the account living and committed after the first pass.
  world.fresh.execute("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(ada) +
                      ", 1)");
  world.settle_for_good();
  CHECK(count("feed_state", "user_id", ada) == 0);
  CHECK(world.wrong().empty());
}

TEST_CASE("events that come twice make no second job") {
  World world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto post = world.write(bob);
  world.leave(ada);
  world.fresh.execute("INSERT INTO post_views (post_id) VALUES (" + std::to_string(post) + ")");
  const auto handle = leaving::on_events({});
  events::Event left, gone;
  left.type = events::Type::user_deleted;
  left.object = ada;
  gone.type = events::Type::post_deleted;
  gone.object = post;
  for (int i = 0; i < 2; ++i) {
    events::Unit unit(world.database.write());
    const std::vector<events::Event> batch{left, gone, left, gone};
    handle(unit, batch);
    unit.commit();
  }
  CHECK(open_jobs(world) == "remove_account1,remove_account2,remove_likes");
  CHECK(world.number(
            "SELECT count(*) FROM jobs WHERE not_before > now() + interval '86500 seconds'") == 1);
}

TEST_CASE("a post with many likes is deleted at once, its likes go in chunks") {
  World world;
  const auto post = world.write(world.add("ada"));
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
  REQUIRE(world.wrong().empty());
  const auto begun = std::chrono::steady_clock::now();
  world.posts.remove(post, std::nullopt, false);
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
  CHECK(world.number("SELECT count(*) FROM likes") == 39000);
  CHECK(said([&] { world.likes.of_post(post, posts::newest, 10); }) != "");
  world.take_events();
  REQUIRE(open_jobs(world) == "remove_likes");
  int chunks = 0;
  std::chrono::steady_clock::duration longest{};
  for (auto at = std::chrono::steady_clock::now();
       jobs::run_one(world.database, jobs::Lane::low, world.kinds);
       at = std::chrono::steady_clock::now()) {
    ++chunks;
    longest = std::max(longest, std::chrono::steady_clock::now() - at);
  }
  CHECK(longest < 10s);
  CHECK(chunks == 4);
  CHECK(open_jobs(world).empty());
  CHECK(world.number("SELECT count(*) FROM likes") == 20000);
  CHECK(world.wrong().empty());
}

TEST_CASE("a job that is about a living post takes nothing from it") {
  World world;
  const auto ada = world.add("ada");
  const auto post = world.write(ada);
  world.likes.like(ada, post);
  world.fresh.execute("INSERT INTO post_views (post_id, view_count) VALUES (" +
                      std::to_string(post) + ", 7)");
  auto tx = world.database.write();
  jobs::add(tx, {.kind = "remove_likes", .lane = jobs::Lane::low, .subject = post});
  tx.commit();
  world.run_jobs(world.kinds);
  CHECK(open_jobs(world).empty());
  CHECK(world.posts.get(post, ada).like_count == 1);
  CHECK(world.posts.get(post, ada).view_count == 7);
  CHECK(world.wrong().empty());
}

namespace {

// What a follow leaves behind that meets the account's leaving, not yet committed.
std::string follow_meets_leaving(const store::Query& follow) {
  World world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  auto leaving = world.database.write();
  leaving.query(sql::users::leave, store::params(ada, std::nullopt, std::nullopt, std::nullopt));
  std::string answer;
  std::thread follower([&] {
    const auto rows = world.database.command(
        follow, store::params(std::vector<Id>{bob}, std::vector<Id>{ada}, std::nullopt, std::nullopt));
    answer = rows.only().boolean(2) ? "found" : "gone";
  });
  wait_for_a_lock(world);
  leaving.commit();
  follower.join();
  return answer + ", follows " + world.text("SELECT count(*) FROM follows") + ", following " +
         world.text("SELECT following FROM user_stats WHERE user_id = " + std::to_string(bob));
}

}  // namespace

TEST_CASE("a follow that meets an account's leaving waits for it and finds nobody") {
  CHECK(follow_meets_leaving(sql::follows::follow) == "gone, follows 0, following 0");

  // And would leave a row behind, were the counters not locked.
  static const std::string unlocked = [] {
    std::string text = sql::follows::follow.text;
    const std::string lock = "  FOR UPDATE";
    const auto at = text.find(lock + "\n");
    REQUIRE(at != std::string::npos);
    return text.erase(at, lock.size());
  }();
  CHECK(follow_meets_leaving({"follows/unlocked", unlocked.c_str()}).rfind("found, follows 1", 0) ==
        0);
}

TEST_CASE("accounts that follow and like each other may leave together") {
  leaving::Options chunks;
  chunks.pairs_a_chunk = 2;
  World world(chunks);
  std::vector<Id> all, posts;
  for (int i = 0; i < 8; ++i) {
    all.push_back(world.add("user_" + std::to_string(i)));
    posts.push_back(world.write(all.back()));
  }
  for (const auto user : all) {
    for (const auto other : all) {
      if (user != other) world.follows.follow(user, other);
    }
    for (const auto post : posts) world.likes.like(user, post);
  }
  for (std::size_t i = 0; i < 6; ++i) world.leave(all[i]);
  world.take_events();
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back([&] { world.run_jobs(world.kinds); });
  for (auto& worker : workers) worker.join();
  // One that had to wait for another's lock too long is tried again a little later.
  world.fresh.execute("UPDATE jobs SET not_before = now() WHERE payload->>'pass' = '1'");
  world.settle();
  CHECK(world.wrong().empty());
  CHECK(world.users.get(all[7]).followers == 1);
  CHECK(world.posts.get(posts[7], {}).like_count == 2);
  CHECK(world.number("SELECT count(*) FROM jobs WHERE payload->>'pass' = '2'") == 6);
}

TEST_CASE("accounts leave in the midst of likes, follows and posts, and all is exact afterwards") {
  leaving::Options chunks;
  chunks.pairs_a_chunk = 5;
  chunks.likes_a_chunk = 7;
  World world(chunks);
  constexpr std::size_t people = 10, leavers = 4;
  std::vector<Id> all, posts;
  for (std::size_t i = 0; i < people; ++i) {
    all.push_back(world.add("user_" + std::to_string(i)));
    for (int n = 0; n < 4; ++n) posts.push_back(world.write(all.back()));
  }
  std::atomic<int> done{0}, strange{0};
  const auto act = [&](unsigned seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](const std::vector<Id>& list) { return list[random() % list.size()]; };
    for (int i = 0; i < 300; ++i, ++done) {
      try {
        switch (random() % 12) {
          case 0:
            world.write(one_of(all));
            break;
          case 1: {
            const auto author = one_of(all);
            world.posts.remove(one_of(posts), author, false);
            break;
          }
          case 2:
          case 3:
            world.follows.unfollow(one_of(all), one_of(all));
            break;
          case 4:
          case 5:
          case 6:
            world.follows.follow(one_of(all), one_of(all));
            break;
          case 7:
            world.likes.unlike(one_of(all), one_of(posts));
            break;
          default:
            world.likes.like(one_of(all), one_of(posts));
        }
      } catch (const Error& error) {
        const auto code = error.code();
        if (code != ErrorCode::not_found && code != ErrorCode::permission_denied &&
            code != ErrorCode::invalid_argument) {
          ++strange;
        }
      }
    }
  };
  std::vector<std::thread> actors;
  for (unsigned i = 0; i < 4; ++i) actors.emplace_back(act, i + 1);
  for (std::size_t i = 0; i < leavers; ++i) {
    while (done < static_cast<int>(150 * (i + 1))) std::this_thread::sleep_for(1ms);
    world.leave(all[i]);
    world.settle();
  }
  for (auto& actor : actors) actor.join();
  world.fresh.execute(
      "UPDATE jobs SET not_before = now() WHERE payload->>'pass' IS DISTINCT FROM '2'");
  world.settle_for_good();
  CHECK(strange == 0);
  CHECK(world.wrong() == "");
  CHECK(world.number("SELECT count(*) FROM jobs") == 0);
  CHECK(world.number("SELECT count(*) FROM dead_events") == 0);
  feed::Feed feed(world.database);
  for (std::size_t i = leavers; i < people; ++i) {
    const auto feed_ids = [&] {
      std::string ids;
      for (const auto& post : feed.page(all[i], posts::newest, 1000).posts)
        ids += std::to_string(post.id) + ",";
      return ids;
    }();
    const auto user = std::to_string(all[i]);
    CHECK(feed_ids ==
          world.text("SELECT coalesce(string_agg(p.id || ',', '' ORDER BY p.id DESC), '') FROM "
                     "posts p WHERE deleted_at IS NULL AND (author_id = " +
                     user +
                     " OR author_id IN (SELECT followee_id FROM follows WHERE follower_id = " +
                     user + "))"));
  }
}
