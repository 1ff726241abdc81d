// First pages from the lists in Redis equal the defining query's, and are never older than the last
// invalidation. One short random world; three long ones with FEEDCTL_LONG=1.
#include "feed_materialized/first_page_cache.hpp"

#include <algorithm>
#include <random>

#include "cache/memory_cache.hpp"
#include "cache/redis_cache.hpp"
#include "commands/command_endpoint.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/hidden_posts.hpp"
#include "support/long_mode.hpp"
#include "support/stored_images.hpp"
#include "support/suspension.hpp"
#include "support/test_servers.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::FeedFixture;

namespace {

// A cache over one Redis database, emptied here.
std::unique_ptr<cache::Cache> empty_redis_cache() {
  redis::PoolOptions options;
  options.url = support::redis_url(7);
  options.timeout = 10s;  // this machine may be busy
  auto cache = cache::make_redis_cache(options);
  cache->invalidate(cache->scan_keys("feed:*", 100'000));
  return cache;
}

feed_materialized::Options quick() {
  feed_materialized::Options options;
  options.settings.fanout_max_followers = 4;
  options.fan_out_job_above = 2;
  options.followers_per_chunk = 2;
  return options;
}

// Reads a page as a server does that has just started: it remembers no follows of its own.
std::vector<Id> page(FeedFixture& world, cache::Cache& cache, Id user, int limit = 20) {
  feed::FeedReader feed(world.app.database, world.options, &cache);
  return test::ids_of(feed.read_page(user, posts::max_id, limit));
}

std::optional<feed_materialized::CachedFirstPage> kept(cache::Cache& cache, Id user) {
  const auto found = cache.peek(feed_materialized::first_page_key(user));
  return found ? feed_materialized::parse_first_page(found->body) : std::nullopt;
}

}  // namespace

TEST_CASE("a serialized list round-trips, and no other text parses as a list") {
  feed_materialized::CachedFirstPage list;
  list.snapshot = events::PgSnapshot::parse("7:12:8,9").value();
  list.generation = 3;
  list.feed_floor = 4096;
  list.is_complete = true;
  list.posts = {30, 20, 10};
  list.authors = {1, 2, 1};
  const auto text = feed_materialized::serialize(list);
  CHECK(text == "7:12:8,9 3 4096 1 30 1,20 2,10 1");
  const auto read = feed_materialized::parse_first_page(text);
  REQUIRE(read.has_value());
  CHECK(read->snapshot.text() == "7:12:8,9");
  CHECK(read->generation == 3);
  CHECK(read->feed_floor == 4096);
  CHECK(read->is_complete);
  CHECK(read->posts == list.posts);
  CHECK(read->authors == list.authors);
  CHECK(feed_materialized::parse_first_page("7:12: 1 0 0 ")->posts.empty());
  for (const auto* other :
       {"", "garbage", "7:12: 3 4096 2 30 1", "7:12: 3 4096 1 30", "7:12: 3 4096 1 30 1,30 1",
        "7:12: 3 4096 1 20 1,30 1", "7:12: 3 -1 1 30 1", "7:12: 3 4096 1 30 1,x 2", "12 3 0 1 "}) {
    INFO(other);
    CHECK_FALSE(feed_materialized::parse_first_page(other).has_value());
  }
}

TEST_CASE("a first page fills the reader's list, and the next one is made from it") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.app.follow(me, ann);
  std::vector<Id> all;
  for (int i = 0; i < 30; ++i) all.insert(all.begin(), world.post(ann));
  world.run_until_idle();
  CHECK(page(world, *cache, me, 40) == all);
  const auto list = kept(*cache, me);
  REQUIRE(list.has_value());
  CHECK(list->posts == all);
  CHECK(list->is_complete);
  // Without its rows the page can only come from the list.
  world.app.sql("DELETE FROM user_feed");
  CHECK(page(world, *cache, me, 40) == all);
  feed::FeedReader feed(world.app.database, world.options, cache.get());
  const auto read = feed.read(me, posts::max_id, 10);
  CHECK(read.page.next == all[9]);
  CHECK(read.snapshot.text() == list->snapshot.text());
}

TEST_CASE("pages from rows and from a cached list show images and avatars as they are now") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.app.follow(me, ann);
  const auto post = world.post(ann);
  world.post(me);
  world.run_until_idle();
  page(world, *cache, me);  // makes the list
  feed::FeedReader lists(world.app.database, world.options, cache.get());
  feed::FeedReader rows(world.app.database, world.options);
  const auto json_of = [](const posts::SnapshotPage& read) {
    std::string out;
    json::Writer writer(out);
    posts::append_array(writer, read.page.posts);
    return out;
  };
  const auto check_equal = [&](const std::string& image) {
    const auto expected = json_of(rows.read_by_definition(me, posts::max_id, 10));
    CHECK(expected.find("\"image\":" + image) != std::string::npos);
    CHECK(json_of(rows.read(me, posts::max_id, 10)) == expected);
    CHECK(json_of(lists.read(me, posts::max_id, 10)) == expected);
  };
  const auto image = support::set_image(world.app.fresh, post);
  support::set_avatar(world.app.fresh, ann);
  check_equal(support::new_image_json(image));
  support::finish_image(world.app.fresh, post);
  support::set_avatar(world.app.fresh, me);
  check_equal(support::finished_image_json(image));
  support::remove_image(world.app.fresh, post);
  support::remove_avatar(world.app.fresh, ann);
  check_equal("null");
}

TEST_CASE("the token of a page from a cached list covers no more than the list does") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.app.follow(me, ann);
  world.post(ann);
  world.run_until_idle();
  page(world, *cache, me);
  const auto created = world.app.post("/v1/posts", "{\"author_id\": " + std::to_string(ann) + "}");
  feed::FeedReader feed(world.app.database, world.options, cache.get());
  const auto read = feed.read(me, posts::max_id, 10);
  CHECK(read.page.posts.size() == 1);  // the event of the second post is not processed yet
  const auto token = commands::verify_token(world.app.cursors, created.header("X-Feed-Token"));
  REQUIRE(token.has_value());
  CHECK_FALSE(token->is_covered_by(read.snapshot));
  CHECK(feed.read(me, posts::max_id, 10, token).page.posts.size() == 2);
}

TEST_CASE(
    "a cached list hides posts no longer visible and adds posts without rows, whatever its age") {
  const auto cache = empty_redis_cache();
  FeedFixture world(quick(), cache.get());
  const auto ann = world.app.add_user(), bob = world.app.add_user(), star = world.app.add_user(),
             leaver = world.app.add_user(), me = world.add_materialized_user();
  for (const auto author : {ann, bob, star, leaver}) world.app.follow(me, author);
  world.app.sql("INSERT INTO feed_pull VALUES (" + std::to_string(star) + ")");
  const auto a = world.post(ann), deleted = world.post(ann), b = world.post(bob),
             left = world.post(leaver), popular = world.post(star);
  world.run_until_idle();
  CHECK(page(world, *cache, me) == std::vector<Id>{popular, left, b, deleted, a});
  // None of these changes invalidates the list.
  world.app.unfollow(me, bob);
  world.app.sql("UPDATE posts SET deleted_at = now() WHERE id = " + std::to_string(deleted));
  world.app.remove_user(leaver);
  const auto mine = world.post(me), again = world.post(star);
  REQUIRE(kept(*cache, me).has_value());
  CHECK(page(world, *cache, me) == std::vector<Id>{again, mine, popular, a});
  CHECK(page(world, *cache, me) == world.expected_feed(me));
}

TEST_CASE("rows added by a batch, a fan-out or a backfill invalidate the cached list") {
  const auto cache = empty_redis_cache();
  FeedFixture world(quick(), cache.get());
  const auto ann = world.app.add_user(), bob = world.app.add_user(),
             me = world.add_materialized_user();
  world.app.follow(me, ann);
  world.run_until_idle();
  const auto settled = [&] {
    world.run_until_idle();
    CHECK_FALSE(kept(*cache, me).has_value());
    CHECK(page(world, *cache, me) == world.expected_feed(me));
    CHECK(kept(*cache, me).has_value());
  };
  page(world, *cache, me);
  world.post(ann);
  settled();  // the batch has invalidated the list
  for (int i = 0; i < 3; ++i) world.app.follow(world.add_materialized_user(), ann);
  world.app.sql("UPDATE user_stats SET followers = 4 WHERE user_id = " + std::to_string(ann));
  world.post(ann);
  settled();  // the chunks of a job have
  CHECK(world.app.count("feed_pull") == 0);
  world.post(bob);
  world.run_until_idle();
  world.follows.follow(me, bob);
  CHECK_FALSE(kept(*cache, me).has_value());  // the command has invalidated it
  page(world, *cache, me);
  settled();  // the event of the follow has
  world.follows.unfollow(me, bob);
  CHECK_FALSE(kept(*cache, me).has_value());
}

TEST_CASE("a reader who returns after days of inactivity has no outdated cached list") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.app.follow(me, ann);
  world.app.sql("UPDATE feed_state SET seen_at = now() - interval '5 days'");
  page(world, *cache, me);
  CHECK(world.app.count("feed_state WHERE seen_at > now() - interval '1 minute'") == 1);
  world.post(ann);
  world.handle_all_events();
  CHECK_FALSE(kept(*cache, me).has_value());
}

TEST_CASE("a cached list of an earlier generation is not used") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.app.follow(me, ann);
  const auto old = world.post(ann);
  world.run_until_idle();
  CHECK(page(world, *cache, me) == std::vector<Id>{old});
  world.app.sql("UPDATE feed_state SET state = 0");
  const auto missed = world.post(ann);
  world.run_until_idle();
  CHECK(page(world, *cache, me) == std::vector<Id>{missed, old});
  world.run_until_idle();
  REQUIRE(world.state(me) == 2);
  CHECK(page(world, *cache, me) == std::vector<Id>{missed, old});
}

TEST_CASE("garbage in a cached list is no error and shows no post of an unfollowed author") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  const auto ann = world.app.add_user(), stranger = world.app.add_user(),
             me = world.add_materialized_user();
  world.app.follow(me, ann);
  const auto a = world.post(ann), secret = world.post(stranger);
  world.run_until_idle();
  const auto plant = [&](const std::string& body) {
    cache->invalidate(std::vector<std::string>{feed_materialized::first_page_key(me)});
    const auto read = cache->read_entry(feed_materialized::first_page_key(me), '1', 3s);
    REQUIRE(cache->store_entry(feed_materialized::first_page_key(me), '1', read.token, body,
                               {60s, 60s}));
  };
  plant("garbage");
  CHECK(page(world, *cache, me) == std::vector<Id>{a});
  const auto snapshot = world.app.sql("SELECT pg_current_snapshot()");
  plant(snapshot + " 1 0 1 " + std::to_string(secret) + ' ' + std::to_string(ann) + ',' +
        std::to_string(a) + ' ' + std::to_string(ann));
  CHECK(page(world, *cache, me) == std::vector<Id>{a});
  plant(snapshot + " 1 0 1 " + std::to_string(secret) + ' ' + std::to_string(stranger) + ',' +
        std::to_string(a) + ' ' + std::to_string(ann));
  CHECK(page(world, *cache, me) == std::vector<Id>{a});
}

TEST_CASE("in random worlds pages from lists equal pages from rows and the defining query") {
  const auto cache = empty_redis_cache();
  for (unsigned seed = 1; seed <= support::rounds(1U, 3U); ++seed) {
    FeedFixture world(quick(), cache.get());
    std::mt19937 random(seed);
    std::vector<Id> users;
    for (int i = 0; i < 8; ++i) users.push_back(world.add_materialized_user());
    int from_lists = 0;
    for (int step = 0; step < support::rounds(90, 150); ++step) {
      const auto a = users[random() % users.size()], b = users[random() % users.size()];
      const auto dice = random() % 100;
      if (dice < 50) {
        world.post(a);
      } else if (dice < 80 && a != b) {
        world.follows.follow(a, b);
      } else if (dice < 90 && a != b) {
        world.follows.unfollow(a, b);
      } else {
        world.app.sql(
            "UPDATE posts SET deleted_at = now() WHERE id = (SELECT id FROM posts WHERE author_id "
            "= " +
            std::to_string(a) + " AND deleted_at IS NULL ORDER BY id DESC LIMIT 1)");
      }
      if (random() % 2 == 0) world.run_until_idle();
      const auto reader = users[random() % users.size()];
      page(world, *cache, reader, 5);  // may fill the cache at any moment
      if (step % 10 != 0) continue;
      world.run_until_idle();
      for (const auto user : users) {
        for (const int limit : {1, 5, 30}) {
          INFO("seed " << seed << ", step " << step << ", user " << user << ", limit " << limit);
          from_lists += kept(*cache, user).has_value() ? 1 : 0;
          CHECK(page(world, *cache, user, limit) == world.expected_feed(user, limit));
        }
      }
    }
    CHECK(from_lists > 50);
  }
}

TEST_CASE("without redis, and while it does not answer, first pages come from the rows") {
  const auto memory = cache::make_memory_cache();
  redis::PoolOptions nowhere;
  nowhere.url = "unix:///nonexistent/redis.sock";
  const auto down = cache::make_redis_cache(nowhere);
  for (auto* cache : {memory.get(), down.get()}) {
    FeedFixture world({}, cache);
    const auto ann = world.app.add_user(), me = world.add_materialized_user();
    world.app.follow(me, ann);
    const auto first = world.post(ann);
    world.run_until_idle();
    CHECK(page(world, *cache, me) == std::vector<Id>{first});
    const auto second = world.post(ann);
    world.run_until_idle();
    CHECK(page(world, *cache, me) == std::vector<Id>{second, first});
  }
}

TEST_CASE("a list keeps the posts of a suspended author, and readers leave them out") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  auto& app = world.app;
  const auto me = world.add_materialized_user(), ann = app.add_user();
  world.follows.follow(me, ann);
  world.run_until_idle();
  const auto post = world.post(ann);
  world.run_until_idle();
  support::suspend(app.database, ann);
  CHECK(page(world, *cache, me).empty());
  CHECK(kept(*cache, me).value().posts == std::vector<Id>{post});
  CHECK(page(world, *cache, me).empty());
  support::reinstate(app.database, ann);
  CHECK(kept(*cache, me));
  CHECK(page(world, *cache, me) == std::vector<Id>{post});
}

TEST_CASE("a list keeps hidden posts, and readers leave them out") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  auto& app = world.app;
  const auto me = world.add_materialized_user(), ann = app.add_user();
  world.follows.follow(me, ann);
  world.run_until_idle();
  const auto other = world.post(ann);
  std::vector<Id> posts;
  for (int i = 0; i < feed_materialized::first_page_rows + 5; ++i) posts.push_back(world.post(ann));
  world.run_until_idle();
  const auto before = page(world, *cache, me, 10);
  REQUIRE(before.size() == 10);
  for (int i = 0; i < 3; ++i) support::hide(app.database, before[static_cast<std::size_t>(i)]);
  auto rest = std::vector<Id>(posts.rbegin() + 3, posts.rbegin() + 13);
  CHECK(page(world, *cache, me, 10) == rest);
  CHECK(kept(*cache, me));
  // More than the list holds: the definition answers.
  for (const auto post : posts) support::hide(app.database, post);
  for (int i = 0; i < 3; ++i) CHECK(page(world, *cache, me, 10) == std::vector<Id>{other});
  for (const auto post : posts) support::unhide(app.database, post);
  CHECK(page(world, *cache, me, 10) == before);
}

TEST_CASE("more posts of a suspended author than a list holds hide nobody else's") {
  const auto cache = empty_redis_cache();
  FeedFixture world({}, cache.get());
  auto& app = world.app;
  const auto me = world.add_materialized_user();
  const auto ann = app.add_user(), bob = app.add_user();
  for (const auto author : {ann, bob}) world.follows.follow(me, author);
  world.run_until_idle();
  const auto his = world.post(bob);
  for (int i = 0; i < feed_materialized::first_page_rows + 5; ++i) world.post(ann);
  world.run_until_idle();
  CHECK(page(world, *cache, me, 10).size() == 10);
  support::suspend(app.database, ann);
  for (int i = 0; i < 3; ++i) CHECK(page(world, *cache, me, 10) == std::vector<Id>{his});
  support::reinstate(app.database, ann);
  CHECK(page(world, *cache, me, 10).size() == 10);
}
