// The fan-out handlers: which rows and jobs the events of the log lead to.
#include <algorithm>
#include <random>

#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using test::FeedFixture;
using Pairs = std::set<std::pair<Id, Id>>;

TEST_CASE("a post is written to its followers that have materialized rows, and to nobody else") {
  FeedFixture world;
  const auto ann = world.add_materialized_user(), me = world.add_materialized_user(),
             stranger = world.add_materialized_user();
  const auto filling = world.app.add_user(), off = world.app.add_user(),
             unseen = world.app.add_user();
  world.app.sql("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(filling) +
                ", 1), (" + std::to_string(off) + ", 0)");
  for (const auto follower : {me, filling, off, unseen}) world.follows.follow(follower, ann);
  world.handle_all_events();
  const auto post = world.post(ann);
  world.app.posts.create(std::nullopt, "nobody's");
  world.handle_all_events();
  CHECK(world.rows() == Pairs{{me, post}, {filling, post}});
  CHECK(world.materialized_feed(stranger) == std::vector<Id>{});
  CHECK(world.materialized_feed(ann) == std::vector<Id>{post});
  CHECK(world.materialized_feed(filling) == std::nullopt);
}

TEST_CASE("a post deleted, or whose author left, before its event is processed creates no rows") {
  FeedFixture world;
  const auto ann = world.app.add_user(), left = world.app.add_user(),
             me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.follows.follow(me, left);
  world.app.posts.remove(world.post(ann), ann, false);
  world.post(left);
  world.app.remove_user(left);
  world.handle_all_events();
  CHECK(world.rows().empty());
}

TEST_CASE(
    "a post of an author with many followers is fanned out in chunks, each continuing after the "
    "last") {
  feed_materialized::Options options;
  options.fan_out_job_above = 2;
  options.followers_per_chunk = 2;
  FeedFixture world(options);
  const auto ann = world.app.add_user();
  std::vector<Id> followers;
  for (int i = 0; i < 5; ++i) followers.push_back(world.add_materialized_user());
  for (const auto follower : followers) world.follows.follow(follower, ann);
  world.handle_all_events();
  const auto post = world.post(ann);
  world.handle_all_events();
  CHECK(world.rows().empty());
  CHECK(world.app.sql("SELECT lane || ' ' || subject || ' ' || total FROM jobs") ==
        "1 " + std::to_string(post) + " 5");
  REQUIRE(world.run_one_job());
  CHECK(world.rows() == Pairs{{followers[0], post}, {followers[1], post}});
  CHECK(world.app.sql("SELECT cursor FROM jobs") == std::to_string(followers[1]));
  REQUIRE(world.run_one_job());
  CHECK(world.rows().size() == 4);
  world.run_all_jobs();
  CHECK(world.rows().size() == 5);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("a big fan-out stops where its post is deleted meanwhile") {
  feed_materialized::Options options;
  options.fan_out_job_above = 1;
  options.followers_per_chunk = 1;
  FeedFixture world(options);
  const auto ann = world.app.add_user();
  for (int i = 0; i < 3; ++i) world.follows.follow(world.add_materialized_user(), ann);
  world.handle_all_events();
  const auto post = world.post(ann);
  world.handle_all_events();
  REQUIRE(world.run_one_job());
  world.app.posts.remove(post, ann, false);
  world.run_all_jobs();
  CHECK(world.rows().size() == 1);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("an author with too many followers has fan-out on read for good") {
  feed_materialized::Options options;
  options.settings.fanout_max_followers = 2;
  FeedFixture world(options);
  const auto star = world.app.add_user(), ann = world.app.add_user();
  std::vector<Id> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(world.add_materialized_user());
  world.follows.follow(readers[0], star);
  const auto early = world.post(star);
  world.run_until_idle();
  CHECK(world.rows() == Pairs{{readers[0], early}});
  world.follows.follow(readers[1], star);
  world.follows.follow(readers[2], star);
  world.follows.follow(readers[2], ann);
  const auto plain = world.post(ann), merged = world.post(star);
  world.run_until_idle();
  CHECK(world.app.sql("SELECT author_id FROM feed_pull") == std::to_string(star));
  CHECK(world.rows_of(readers[0]) == std::set<Id>{early});
  CHECK(world.materialized_feed(readers[2]) == std::vector<Id>{merged, plain, early});
  CHECK(world.materialized_feed(readers[2], 2) == std::vector<Id>{merged, plain});
  world.follows.unfollow(readers[0], star);
  world.follows.unfollow(readers[1], star);
  const auto late = world.post(star);
  world.run_until_idle();
  CHECK(world.rows_of(readers[2]) == std::set<Id>{plain});
  CHECK(world.materialized_feed(readers[2]) == std::vector<Id>{late, merged, plain, early});
  CHECK(world.materialized_feed(readers[0]) == std::vector<Id>{});
}

TEST_CASE("a follow brings the followee's posts, an unfollow hides them and leaves the rows") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  const auto first = world.post(ann), second = world.post(ann);
  world.run_until_idle();
  world.follows.follow(me, ann);
  world.run_until_idle();
  CHECK(world.rows() == Pairs{{me, first}, {me, second}});
  world.follows.unfollow(me, ann);
  world.run_until_idle();
  CHECK(world.rows().size() == 2);
  CHECK(world.materialized_feed(me) == std::vector<Id>{});
  const auto missed = world.post(ann);
  world.run_until_idle();
  CHECK(world.rows_of(me).count(missed) == 0);
  world.follows.follow(me, ann);
  world.run_until_idle();
  CHECK(world.materialized_feed(me) == std::vector<Id>{missed, second, first});
}

TEST_CASE("a follow undone before its event is processed adds no rows") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.post(ann);
  world.follows.follow(me, ann);
  world.follows.unfollow(me, ann);
  world.run_until_idle();
  CHECK(world.rows().empty());
}

TEST_CASE("following an author with many posts adds them in chunks") {
  feed_materialized::Options options;
  options.backfill_job_above = 3;
  options.posts_per_chunk = 2;
  FeedFixture world(options);
  const auto ann = world.app.add_user(), bob = world.app.add_user(),
             me = world.add_materialized_user();
  std::vector<Id> all;
  for (int i = 0; i < 5; ++i) all.insert(all.begin(), world.post(ann));
  for (int i = 0; i < 3; ++i) all.insert(all.begin(), world.post(bob));
  world.run_until_idle();
  world.follows.follow(me, ann);
  world.follows.follow(me, bob);
  world.handle_all_events();
  CHECK(world.rows_of(me) == std::set<Id>{all[0], all[1], all[2]});
  CHECK(world.app.sql("SELECT lane || ' ' || subject || ' ' || (payload ->> 'author') FROM jobs") ==
        "0 " + std::to_string(me) + " " + std::to_string(ann));
  REQUIRE(world.run_one_job());
  CHECK(world.rows_of(me).size() == 5);
  CHECK(world.rows_of(me).count(all[3]) == 1);  // the backfill adds the newest posts first
  const auto meanwhile = world.post(ann);
  world.handle_all_events();
  all.insert(all.begin(), meanwhile);
  world.run_all_jobs();
  CHECK(world.materialized_feed(me) == all);
  CHECK(world.jobs("backfill") == 0);
}

TEST_CASE("duplicate, late and reordered events produce the same feeds") {
  for (unsigned seed = 1; seed <= support::rounds(2U, 4U); ++seed) {
    feed_materialized::Options options;
    options.fan_out_job_above = 2;
    options.backfill_job_above = 2;
    FeedFixture world(options);
    std::mt19937 random(seed);
    std::vector<Id> users;
    for (int i = 0; i < 6; ++i) users.push_back(world.add_materialized_user());
    std::vector<std::pair<Id, Id>> posts;
    for (int i = 0; i < 80; ++i) {
      const auto a = users[random() % users.size()], b = users[random() % users.size()];
      const auto dice = random() % 10;
      if (dice < 4) posts.emplace_back(world.post(a), a);
      if (dice >= 4 && dice < 7 && a != b) world.follows.follow(a, b);
      if (dice >= 7 && dice < 9 && a != b) world.follows.unfollow(a, b);
      if (dice == 9 && !posts.empty()) {
        const auto at = posts.begin() + static_cast<long>(random() % posts.size());
        world.app.posts.remove(at->first, at->second, false);
        posts.erase(at);
      }
    }
    auto log = world.take_events();
    const auto twice = log;
    log.insert(log.end(), twice.begin(), twice.end());
    std::shuffle(log.begin(), log.end(), random);
    for (std::size_t at = 0; at < log.size();) {
      const auto end = std::min(log.size(), at + 1 + random() % 20);
      world.handle_events(
          {log.begin() + static_cast<long>(at), log.begin() + static_cast<long>(end)});
      if (random() % 2 == 0) world.run_one_job();
      at = end;
    }
    world.run_all_jobs();
    std::size_t compared = 0;
    for (const auto user : users) {
      INFO("seed " << seed << ", user " << user);
      CHECK(world.materialized_feed(user) == world.expected_feed(user));
      compared += world.rows_of(user).size();
    }
    CHECK(compared > 20);
    const auto rows = world.rows();
    world.handle_events(twice);
    world.run_all_jobs();
    CHECK(world.rows() == rows);
  }
}

TEST_CASE("without materialization events create no rows") {
  feed_materialized::Options options;
  options.settings.materialize = config::Materialize::off;
  FeedFixture world(options);
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  const auto post = world.post(ann);
  world.run_until_idle();
  CHECK(world.rows().empty());
  CHECK(test::ids_of(world.app_feed.read_page(me, posts::max_id, 10)) == std::vector<Id>{post});
}
