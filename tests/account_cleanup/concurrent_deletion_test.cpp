// The deletion of accounts while other users follow, like and post.
#include <atomic>
#include <random>
#include <thread>

#include "account_cleanup_fixture.hpp"
#include "sql/follows.hpp"
#include "sql/users.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using test::AccountCleanupFixture;
using namespace std::chrono_literals;

namespace {

void wait_for_a_lock(const AccountCleanupFixture& world) {
  for (int i = 0; i < 1000; ++i) {
    if (world.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "wait_event_type = 'Lock'") > 0) {
      return;
    }
    std::this_thread::sleep_for(10ms);
  }
  throw Error(ErrorCode::internal, "nobody waits for a lock");
}

// The result of a follow that runs while the deletion of the account is not yet committed.
std::string follow_during_deletion(const store::Query& follow) {
  AccountCleanupFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  auto leaving = world.database.write();
  leaving.query(sql::users::leave,
                store::params(ada, std::nullopt, std::nullopt, std::nullopt, false));
  std::string answer;
  std::thread follower([&] {
    const auto rows = world.database.execute(
        follow,
        store::params(std::vector<Id>{bob}, std::vector<Id>{ada}, std::nullopt, std::nullopt));
    answer = rows.single_row().boolean(2) ? "found" : "gone";
  });
  wait_for_a_lock(world);
  leaving.commit();
  follower.join();
  return answer + ", follows " + world.text("SELECT count(*) FROM follows") + ", following " +
         world.text("SELECT following FROM user_stats WHERE user_id = " + std::to_string(bob));
}

}  // namespace

TEST_CASE("a follow concurrent with the deletion of an account waits for it and finds no user") {
  CHECK(follow_during_deletion(sql::follows::follow) == "gone, follows 0, following 0");

  // Without the lock of the counters the follow would leave a row.
  static const std::string unlocked = [] {
    std::string text = sql::follows::follow.text;
    const std::string lock = "  FOR UPDATE";
    const auto at = text.find(lock + "\n");
    REQUIRE(at != std::string::npos);
    return text.erase(at, lock.size());
  }();
  CHECK(
      follow_during_deletion({"follows/unlocked", unlocked.c_str()}).rfind("found, follows 1", 0) ==
      0);
}

TEST_CASE("accounts that follow and like each other may be deleted concurrently") {
  account_cleanup::Options chunks;
  chunks.rows_per_chunk = 2;
  AccountCleanupFixture world(chunks);
  std::vector<Id> all, posts;
  for (int i = 0; i < 8; ++i) {
    all.push_back(world.add("user_" + std::to_string(i)));
    posts.push_back(world.add_post(all.back()));
  }
  for (const auto user : all) {
    for (const auto other : all) {
      if (user != other) world.follows.follow(user, other);
    }
    for (const auto post : posts) world.likes.like(user, post);
  }
  for (std::size_t i = 0; i < 6; ++i) world.delete_account(all[i]);
  world.handle_events();
  std::vector<std::thread> workers;
  for (int i = 0; i < 4; ++i) workers.emplace_back([&] { world.run_jobs(world.kinds); });
  for (auto& worker : workers) worker.join();
  // A job that waited too long for a lock is retried later. Here all of them are due at once.
  world.fresh.execute("UPDATE jobs SET not_before = now() WHERE payload->>'pass' = '1'");
  world.run_until_idle();
  CHECK(world.find_inconsistencies().empty());
  CHECK(world.users.get(all[7]).followers == 1);
  CHECK(world.posts.get(posts[7], {}).like_count == 2);
  CHECK(world.number("SELECT count(*) FROM jobs WHERE payload->>'pass' = '2'") == 6);
}

TEST_CASE("accounts deleted during likes, follows and posts leave exact counters") {
  account_cleanup::Options chunks;
  chunks.rows_per_chunk = 5;
  chunks.likes_per_chunk = 7;
  AccountCleanupFixture world(chunks);
  constexpr std::size_t people = 10, leavers = 4;
  std::vector<Id> all, posts;
  for (std::size_t i = 0; i < people; ++i) {
    all.push_back(world.add("user_" + std::to_string(i)));
    for (int n = 0; n < 4; ++n) posts.push_back(world.add_post(all.back()));
  }
  std::atomic<int> done{0}, strange{0};
  const auto act = [&](unsigned seed) {
    std::mt19937 random(seed);
    const auto one_of = [&](const std::vector<Id>& list) { return list[random() % list.size()]; };
    for (int i = 0; i < 300; ++i, ++done) {
      try {
        switch (random() % 12) {
          case 0:
            world.add_post(one_of(all));
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
    world.delete_account(all[i]);
    world.run_until_idle();
  }
  for (auto& actor : actors) actor.join();
  world.fresh.execute(
      "UPDATE jobs SET not_before = now() WHERE payload->>'pass' IS DISTINCT FROM '2'");
  world.run_until_idle_with_second_pass();
  CHECK(strange == 0);
  CHECK(world.find_inconsistencies() == "");
  CHECK(world.number("SELECT count(*) FROM jobs") == 0);
  CHECK(world.number("SELECT count(*) FROM dead_events") == 0);
  feed::FeedReader feed(world.database);
  for (std::size_t i = leavers; i < people; ++i) {
    const auto feed_ids = [&] {
      std::string ids;
      for (const auto& post : feed.read_page(all[i], posts::max_id, 1000).posts)
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
