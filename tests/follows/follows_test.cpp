#include "follows/follows.hpp"

#include <atomic>
#include <limits>
#include <random>
#include <thread>

#include "base/error.hpp"
#include "metrics/metrics.hpp"
#include "support/blocking_follows.hpp"
#include "support/catch.hpp"
#include "support/database_options.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;

namespace {

constexpr Id max_id = std::numeric_limits<Id>::max();

struct FollowsFixture {
  static store::Options options(const support::FreshDatabase& fresh) {
    auto made = support::long_timeouts();
    made.url = fresh.url();
    made.pool_size = 20;
    return made;
  }
  Id add(const std::string& handle) { return users.create({handle}).id; }
  // "type actor object shard" of the follows' events, in order.
  std::string events() const {
    return fresh.execute(
        "SELECT coalesce(string_agg(concat_ws(' ', type, actor, object, shard), ',' ORDER BY id), "
        "'')"
        " FROM events WHERE type IN (3, 4)");
  }
  std::string event(int type, Id actor, Id object) const {
    return std::to_string(type) + " " + std::to_string(actor) + " " + std::to_string(object) + " " +
           std::to_string(shard_of(actor));
  }
  // The counters of a user as "followers following".
  std::string counts(Id user) {
    const auto found = users.get(user);
    return std::to_string(found.followers) + " " + std::to_string(found.following);
  }
  std::int64_t number(const std::string& sql) const { return std::stoll(fresh.execute(sql)); }

  support::FreshDatabase fresh;
  store::Database database{options(fresh)};
  users::Users users{database};
  support::BlockingFollows follows{database};
};

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("following and unfollowing move both counters and write one event each") {
  FollowsFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  CHECK(world.follows.follow(ada, bob));
  CHECK(world.counts(ada) == "0 1");
  CHECK(world.counts(bob) == "1 0");
  CHECK(world.follows.follow(bob, ada));
  CHECK(world.counts(ada) == "1 1");
  CHECK(world.counts(bob) == "1 1");
  CHECK(world.follows.unfollow(ada, bob));
  CHECK(world.counts(ada) == "1 0");
  CHECK(world.counts(bob) == "0 1");
  CHECK(world.events() ==
        world.event(3, ada, bob) + "," + world.event(3, bob, ada) + "," + world.event(4, ada, bob));
  CHECK(world.number("SELECT count(*) FROM follows") == 1);
}

TEST_CASE("a repeated follow or unfollow changes nothing and writes nothing") {
  FollowsFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  CHECK_FALSE(world.follows.unfollow(ada, bob));
  CHECK(world.events() == "");
  CHECK(world.follows.follow(ada, bob));
  CHECK_FALSE(world.follows.follow(ada, bob));
  CHECK_FALSE(world.follows.unfollow(bob, ada));
  CHECK(world.counts(ada) == "0 1");
  CHECK(world.counts(bob) == "1 0");
  CHECK(world.events() == world.event(3, ada, bob));
}

TEST_CASE("nobody can follow themselves, and a missing user can neither follow nor be followed") {
  FollowsFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  CHECK(error_of([&] { world.follows.follow(ada, ada); }) == "cannot follow yourself");
  CHECK(error_of([&] { world.follows.unfollow(ada, ada); }) == "cannot unfollow yourself");
  CHECK(error_of([&] { world.follows.follow(ada, 77); }) == "User with id 77 not found");
  CHECK(error_of([&] { world.follows.follow(78, bob); }) == "User with id 78 not found");
  CHECK(error_of([&] { world.follows.unfollow(ada, 77); }) == "User with id 77 not found");
  CHECK(error_of([&] { world.follows.unfollow(78, bob); }) == "User with id 78 not found");
  world.fresh.execute("DELETE FROM user_stats WHERE user_id = " + std::to_string(bob));
  CHECK(error_of([&] { world.follows.follow(ada, bob); }) ==
        "User with id " + std::to_string(bob) + " not found");
  CHECK(world.events() == "");
  CHECK(world.number("SELECT count(*) FROM follows") == 0);
  CHECK(world.counts(ada) == "0 0");
}

TEST_CASE("twenty threads follow and unfollow at random, and counters and events stay consistent") {
  FollowsFixture world;
  constexpr int people = 8, threads = 20, rounds = 60;
  std::vector<Id> ids;
  for (int i = 0; i < people; ++i) ids.push_back(world.add("u" + std::to_string(i)));

  std::atomic<std::int64_t> made{0}, ended{0}, failed{0};
  std::vector<std::thread> workers;
  for (unsigned t = 0; t < threads; ++t) {
    workers.emplace_back([&, t] {
      std::mt19937 random{t};
      std::uniform_int_distribution<std::size_t> anyone(0, ids.size() - 1);
      for (int i = 0; i < rounds; ++i) {
        const auto follower = ids[anyone(random)], followee = ids[anyone(random)];
        if (follower == followee) continue;
        try {
          if (random() % 2 == 0) {
            if (world.follows.follow(follower, followee)) ++made;
          } else if (world.follows.unfollow(follower, followee)) {
            ++ended;
          }
        } catch (const Error&) {
          ++failed;
        }
      }
    });
  }
  for (auto& worker : workers) worker.join();

  CHECK(failed == 0);
  CHECK(made > 50);
  CHECK(ended > 50);
  CHECK(world.number("SELECT count(*) FROM follows") == made - ended);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 3") == made);
  CHECK(world.number("SELECT count(*) FROM events WHERE type = 4") == ended);
  // The counters equal the numbers of rows.
  CHECK(world.number("SELECT count(*) FROM user_stats s WHERE "
                     "followers <> (SELECT count(*) FROM follows WHERE followee_id = s.user_id) OR "
                     "following <> (SELECT count(*) FROM follows WHERE follower_id = s.user_id)") ==
        0);
  // The events of each pair alternate, beginning with a follow. The last one is the present state.
  CHECK(world.number(
            "SELECT count(*) FROM (SELECT type, row_number() OVER pair AS n FROM events "
            "WHERE type IN (3, 4) WINDOW pair AS (PARTITION BY actor, object ORDER BY id)) e "
            "WHERE type <> CASE WHEN n % 2 = 1 THEN 3 ELSE 4 END") == 0);
  CHECK(
      world.number(
          "SELECT count(*) FROM (SELECT DISTINCT ON (actor, object) actor, object, type "
          "FROM events WHERE type IN (3, 4) ORDER BY actor, object, id DESC) e WHERE (type = 3) <> "
          "EXISTS (SELECT FROM follows WHERE follower_id = actor AND followee_id = object)") == 0);
}

TEST_CASE("two users who follow each other at the same time do not deadlock") {
  FollowsFixture world;
  const auto ada = world.add("ada"), bob = world.add("bob");
  const auto before = metrics::summary()["feedctl_db_errors_total"];
  std::atomic<int> failed{0};
  const auto work = [&](Id follower, Id followee) {
    for (int i = 0; i < 200; ++i) {
      try {
        world.follows.follow(follower, followee);
        world.follows.unfollow(follower, followee);
      } catch (const Error&) {
        ++failed;
      }
    }
  };
  std::thread one(work, ada, bob), two(work, bob, ada);
  one.join();
  two.join();
  CHECK(failed == 0);
  CHECK(world.counts(ada) == "0 0");
  CHECK(world.counts(bob) == "0 0");
  // Statements are retried after a deadlock, so only the metric of failures shows deadlocks.
  CHECK(metrics::summary()["feedctl_db_errors_total"] == before);
}

TEST_CASE("lists paginate newest account first, without deleted accounts") {
  FollowsFixture world;
  const auto star = world.add("star");
  std::vector<Id> fans;
  for (int i = 0; i < 7; ++i) {
    fans.push_back(world.add("u" + std::to_string(i)));
    world.follows.follow(fans.back(), star);
    world.follows.follow(star, fans.back());
  }
  world.fresh.execute("UPDATE users SET deleted_at = now() WHERE handle = 'u3'");
  for (const auto list : {&follows::Follows::followers, &follows::Follows::following}) {
    std::string handles;
    int pages = 0;
    Id before = max_id;
    std::optional<Id> next;
    do {
      const auto page = (world.follows.*list)(star, before, 3);
      for (const auto& user : page.users) handles += user.handle + " ";
      next = page.next;
      before = next.value_or(0);
      ++pages;
    } while (next);
    CHECK(handles == "u6 u5 u4 u2 u1 u0 ");
    CHECK(pages == 2);
    CHECK((world.follows.*list)(star, max_id, 6).next == std::nullopt);
  }
  CHECK(world.follows.followers(fans[0], max_id, 10).users.front().followers == 7);
  CHECK(error_of([&] { world.follows.followers(77, max_id, 10); }) == "User with id 77 not found");
  CHECK(error_of([&] { world.follows.following(fans[3], max_id, 10); }) != "");
  CHECK(world.follows.followers(world.add("new"), max_id, 10).users.empty());
}
