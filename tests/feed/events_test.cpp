// What the workers do about events of the home feed.
#include <algorithm>
#include <random>

#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using test::World;
using Pairs = std::set<std::pair<Id, Id>>;

TEST_CASE("a post comes to its followers for whom rows are kept, and to nobody else") {
  World world;
  const auto ann = world.reader(), me = world.reader(), stranger = world.reader();
  const auto filling = world.app.add_user(), off = world.app.add_user(),
             unseen = world.app.add_user();
  world.app.sql("INSERT INTO feed_state (user_id, state) VALUES (" + std::to_string(filling) +
                ", 1), (" + std::to_string(off) + ", 0)");
  for (const auto follower : {me, filling, off, unseen}) world.follows.follow(follower, ann);
  world.handle_all();
  const auto post = world.post(ann);
  world.app.posts.create(std::nullopt, "nobody's");
  world.handle_all();
  CHECK(world.rows() == Pairs{{me, post}, {filling, post}});
  CHECK(world.from_rows(stranger) == std::vector<Id>{});
  CHECK(world.from_rows(ann) == std::vector<Id>{post});
  CHECK(world.from_rows(filling) == std::nullopt);
}

TEST_CASE(
    "a post that was deleted, or whose author left, before its event was read makes no rows") {
  World world;
  const auto ann = world.app.add_user(), left = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  world.follows.follow(me, left);
  world.app.posts.remove(world.post(ann), ann, false);
  world.post(left);
  world.app.remove_user(left);
  world.handle_all();
  CHECK(world.rows().empty());
}

TEST_CASE("a post of a big author goes out in chunks that begin where the last one ended") {
  feed::Options options;
  options.direct_followers = 2;
  options.followers_a_chunk = 2;
  World world(options);
  const auto ann = world.app.add_user();
  std::vector<Id> followers;
  for (int i = 0; i < 5; ++i) followers.push_back(world.reader());
  for (const auto follower : followers) world.follows.follow(follower, ann);
  world.handle_all();
  const auto post = world.post(ann);
  world.handle_all();
  CHECK(world.rows().empty());
  CHECK(world.app.sql("SELECT lane || ' ' || subject || ' ' || total FROM jobs") ==
        "1 " + std::to_string(post) + " 5");
  REQUIRE(world.work());
  CHECK(world.rows() == Pairs{{followers[0], post}, {followers[1], post}});
  CHECK(world.app.sql("SELECT cursor FROM jobs") == std::to_string(followers[1]));
  REQUIRE(world.work());
  CHECK(world.rows().size() == 4);
  world.work_all();
  CHECK(world.rows().size() == 5);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("a big fan-out stops where its post is deleted meanwhile") {
  feed::Options options;
  options.direct_followers = 1;
  options.followers_a_chunk = 1;
  World world(options);
  const auto ann = world.app.add_user();
  for (int i = 0; i < 3; ++i) world.follows.follow(world.reader(), ann);
  world.handle_all();
  const auto post = world.post(ann);
  world.handle_all();
  REQUIRE(world.work());
  world.app.posts.remove(post, ann, false);
  world.work_all();
  CHECK(world.rows().size() == 1);
  CHECK(world.jobs("fan_out") == 0);
}

TEST_CASE("an author with too many followers is merged at reads, for good") {
  feed::Options options;
  options.settings.fanout_max_followers = 2;
  World world(options);
  const auto star = world.app.add_user(), ann = world.app.add_user();
  std::vector<Id> readers;
  for (int i = 0; i < 3; ++i) readers.push_back(world.reader());
  world.follows.follow(readers[0], star);
  const auto early = world.post(star);
  world.settle();
  CHECK(world.rows() == Pairs{{readers[0], early}});
  world.follows.follow(readers[1], star);
  world.follows.follow(readers[2], star);
  world.follows.follow(readers[2], ann);
  const auto plain = world.post(ann), merged = world.post(star);
  world.settle();
  CHECK(world.app.sql("SELECT author_id FROM feed_pull") == std::to_string(star));
  CHECK(world.rows_of(readers[0]) == std::set<Id>{early});
  CHECK(world.from_rows(readers[2]) == std::vector<Id>{merged, plain, early});
  CHECK(world.from_rows(readers[2], 2) == std::vector<Id>{merged, plain});
  world.follows.unfollow(readers[0], star);
  world.follows.unfollow(readers[1], star);
  const auto late = world.post(star);
  world.settle();
  CHECK(world.rows_of(readers[2]) == std::set<Id>{plain});
  CHECK(world.from_rows(readers[2]) == std::vector<Id>{late, merged, plain, early});
  CHECK(world.from_rows(readers[0]) == std::vector<Id>{});
}

TEST_CASE("a follow brings the followee's posts, an unfollow hides them and leaves the rows") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  const auto first = world.post(ann), second = world.post(ann);
  world.settle();
  world.follows.follow(me, ann);
  world.settle();
  CHECK(world.rows() == Pairs{{me, first}, {me, second}});
  world.follows.unfollow(me, ann);
  world.settle();
  CHECK(world.rows().size() == 2);
  CHECK(world.from_rows(me) == std::vector<Id>{});
  const auto missed = world.post(ann);
  world.settle();
  CHECK(world.rows_of(me).count(missed) == 0);
  world.follows.follow(me, ann);
  world.settle();
  CHECK(world.from_rows(me) == std::vector<Id>{missed, second, first});
}

TEST_CASE("a follow that is taken back before its event was read brings nothing") {
  World world;
  const auto ann = world.app.add_user(), me = world.reader();
  world.post(ann);
  world.follows.follow(me, ann);
  world.follows.unfollow(me, ann);
  world.settle();
  CHECK(world.rows().empty());
}

TEST_CASE("following someone with many posts brings them in chunks") {
  feed::Options options;
  options.direct_posts = 3;
  options.posts_a_chunk = 2;
  World world(options);
  const auto ann = world.app.add_user(), bob = world.app.add_user(), me = world.reader();
  std::vector<Id> all;
  for (int i = 0; i < 5; ++i) all.insert(all.begin(), world.post(ann));
  for (int i = 0; i < 3; ++i) all.insert(all.begin(), world.post(bob));
  world.settle();
  world.follows.follow(me, ann);
  world.follows.follow(me, bob);
  world.handle_all();
  CHECK(world.rows_of(me) == std::set<Id>{all[0], all[1], all[2]});
  CHECK(world.app.sql("SELECT lane || ' ' || subject || ' ' || (payload ->> 'author') FROM jobs") ==
        "0 " + std::to_string(me) + " " + std::to_string(ann));
  REQUIRE(world.work());
  CHECK(world.rows_of(me).size() == 5);
  CHECK(world.rows_of(me).count(all[3]) == 1);  // the newest come first
  const auto meanwhile = world.post(ann);
  world.handle_all();
  all.insert(all.begin(), meanwhile);
  world.work_all();
  CHECK(world.from_rows(me) == all);
  CHECK(world.jobs("backfill") == 0);
}

TEST_CASE("events that come twice, late and in any order give the same feeds") {
  for (const unsigned seed : {1U, 2U, 3U, 4U}) {
    feed::Options options;
    options.direct_followers = 2;
    options.direct_posts = 2;
    World world(options);
    std::mt19937 random(seed);
    std::vector<Id> users;
    for (int i = 0; i < 6; ++i) users.push_back(world.reader());
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
    auto log = world.take();
    const auto twice = log;
    log.insert(log.end(), twice.begin(), twice.end());
    std::shuffle(log.begin(), log.end(), random);
    for (std::size_t at = 0; at < log.size();) {
      const auto end = std::min(log.size(), at + 1 + random() % 20);
      world.handle({log.begin() + static_cast<long>(at), log.begin() + static_cast<long>(end)});
      if (random() % 2 == 0) world.work();
      at = end;
    }
    world.work_all();
    std::size_t compared = 0;
    for (const auto user : users) {
      INFO("seed " << seed << ", user " << user);
      CHECK(world.from_rows(user) == world.defined(user));
      compared += world.rows_of(user).size();
    }
    CHECK(compared > 20);
    const auto rows = world.rows();
    world.handle(twice);
    world.work_all();
    CHECK(world.rows() == rows);
  }
}

TEST_CASE("where no rows are kept, events make none") {
  feed::Options options;
  options.settings.materialize = config::Materialize::off;
  World world(options);
  const auto ann = world.app.add_user(), me = world.reader();
  world.follows.follow(me, ann);
  const auto post = world.post(ann);
  world.settle();
  CHECK(world.rows().empty());
  CHECK(test::ids_of(world.app_feed.page(me, posts::newest, 10)) == std::vector<Id>{post});
}
