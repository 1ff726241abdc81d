// First pages from rows equal the defining query's, with the guarantees that readers have. One
// random world; four with FEEDCTL_LONG=1.
#include <algorithm>
#include <random>

#include "base/error.hpp"
#include "support/app/feed_fixture.hpp"
#include "support/catch.hpp"
#include "support/long_mode.hpp"

using namespace feedctl;
using test::FeedFixture;

namespace {

std::string feed_of(Id user, const std::string& rest = "") {
  return "/v1/feed?user_id=" + std::to_string(user) + rest;
}

std::vector<Id> page(FeedFixture& world, Id user, int limit) {
  return test::ids_of(world.app_feed.read_page(user, posts::max_id, limit));
}

// Users who post, also in the past, follow, unfollow, delete posts and delete accounts.
void live(FeedFixture& world, std::mt19937& random, std::vector<Id>& users) {
  const auto a = users[random() % users.size()], b = users[random() % users.size()];
  const auto dice = random() % 100;
  if (dice < 35) {
    world.post(a);
  } else if (dice < 45) {
    world.add_post_with_age(a, std::to_string(1 + random() % 80) + " days");
  } else if (dice < 50) {
    world.add_post_with_age(a, std::to_string(100 + random() % 200) + " days");
  } else if (dice < 75 && a != b) {
    world.follows.follow(a, b);
  } else if (dice < 85 && a != b) {
    world.follows.unfollow(a, b);
  } else if (dice < 95) {
    world.app.sql(
        "UPDATE posts SET deleted_at = now() WHERE id = (SELECT id FROM posts WHERE "
        "author_id = " +
        std::to_string(a) + " AND deleted_at IS NULL ORDER BY id DESC LIMIT 1)");
  } else if (dice == 99 && users.size() > 6) {
    world.app.remove_user(a);
    users.erase(std::find(users.begin(), users.end(), a));
  }
}

}  // namespace

TEST_CASE("first pages from rows equal the defining query in random worlds, also below the floor") {
  for (unsigned seed = 1; seed <= support::rounds(1U, 4U); ++seed) {
    feed_materialized::Options options;
    options.settings.fanout_max_followers = 3;
    options.fan_out_job_above = 2;
    FeedFixture world(options);
    std::mt19937 random(seed);
    std::vector<Id> users;
    for (int i = 0; i < 10; ++i)
      users.push_back(i % 3 == 0 ? world.app.add_user() : world.add_materialized_user());
    int from_rows = 0, from_definition = 0;
    for (int round = 0; round < 4; ++round) {
      for (int i = 0; i < 70; ++i) live(world, random, users);
      world.run_until_idle();
      if (round == 2) {
        world.app.sql("UPDATE feed_floor SET floor = feedctl_id_at(now() - interval '40 days')");
      }
      for (const auto user : users) {
        for (const int limit : {1, 3, 10, 100}) {
          INFO("seed " << seed << ", round " << round << ", user " << user << ", limit " << limit);
          const auto defined = world.expected_feed(user, limit);
          const auto rows = world.materialized_feed(user, limit);
          if (rows) CHECK(*rows == defined);
          ++(rows ? from_rows : from_definition);
          feed::FeedReader fresh(world.app.database, options);
          const auto whole = fresh.read_page(user, posts::max_id, limit);
          CHECK(test::ids_of(whole) == defined);
          const auto next =
              feed::query_feed(world.app.database, user, posts::max_id, limit).page.next;
          CHECK(whole.next == next);
        }
      }
    }
    CHECK(from_rows > 20);
    CHECK(from_definition > 20);
    CHECK(world.app.count("feed_pull") > 0);
  }
}

TEST_CASE("a page from rows shows each post as the defining query does") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  const auto liked = world.post(ann);
  world.post(ann);
  world.post(me);
  world.app.likes.like(me, liked);
  world.app.sql("INSERT INTO post_views (post_id, view_count) VALUES (" + std::to_string(liked) +
                ", 9)");
  world.run_until_idle();
  const auto rows = feed_materialized::read_materialized(world.app.database, me, 10);
  REQUIRE(rows.page.has_value());
  std::string as_rows, as_defined;
  json::Writer rows_writer(as_rows), defined_writer(as_defined);
  posts::append_array(rows_writer, rows.page->page.posts);
  posts::append_array(defined_writer,
                      feed::query_feed(world.app.database, me, posts::max_id, 10).page.posts);
  CHECK(rows.page->page.posts.size() == 3);
  CHECK(as_rows == as_defined);
}

TEST_CASE("a user with very many unfollows is served by the defining query") {
  FeedFixture world;
  const auto noisy = world.app.add_user(), ann = world.app.add_user(),
             me = world.add_materialized_user();
  world.follows.follow(me, ann);
  const auto post = world.post(ann);
  world.run_until_idle();
  world.app.sql("INSERT INTO user_feed SELECT " + std::to_string(me) + ", " + std::to_string(post) +
                " + n, " + std::to_string(noisy) + " FROM generate_series(1, 1500) n");
  CHECK(world.materialized_feed(me) == std::nullopt);
  CHECK(page(world, me, 10) == std::vector<Id>{post});
  world.app.sql("DELETE FROM user_feed WHERE post_id > " + std::to_string(post + 900));
  CHECK(world.materialized_feed(me) == std::vector<Id>{post});
}

TEST_CASE("a user's follows and unfollows take effect in the next page") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  const auto post = world.post(ann);
  world.run_until_idle();
  CHECK(page(world, me, 10).empty());
  world.follows.follow(me, ann);
  CHECK(world.materialized_feed(me) == std::vector<Id>{});  // the event is not processed
  CHECK(page(world, me, 10) == std::vector<Id>{post});
  world.follows.unfollow(me, ann);
  CHECK(page(world, me, 10).empty());
}

TEST_CASE(
    "every feed page has a token, and a page requested with it includes all that it covered") {
  FeedFixture world;
  const auto ann = world.app.add_user(), me = world.add_materialized_user();
  world.follows.follow(me, ann);
  world.run_until_idle();
  const auto post = world.post(ann);
  CHECK(world.app.get(feed_of(me)).ids().empty());  // rows lack the new post
  const auto created = world.app.post("/v1/posts", "{\"author_id\": " + std::to_string(ann) + "}");
  REQUIRE(created.status == 201);
  for (const auto& token :
       {created.header("X-Feed-Token"), world.app.get(feed_of(ann)).header("X-Feed-Token")}) {
    REQUIRE_FALSE(token.empty());
    const auto seen = world.app.get(feed_of(me, "&min_token=" + token));
    CHECK(seen.ids() == std::vector<Id>{created.id(), post});
    CHECK_FALSE(seen.header("X-Feed-Token").empty());
  }
}

TEST_CASE("a token that is forged, or newer than this database, is refused") {
  FeedFixture world;
  const auto me = world.add_materialized_user();
  const auto token = world.app.get(feed_of(me)).header("X-Feed-Token");
  REQUIRE_FALSE(token.empty());
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto forged = token;
    forged[i] = forged[i] == 'x' ? 'y' : 'x';
    CHECK(world.app.get(feed_of(me, "&min_token=" + forged)).status == 400);
  }
  CHECK(world.app.get(feed_of(me, "&min_token=")).status == 400);
  const auto cursor = world.app.cursors.sign("feed:" + std::to_string(me), "5");
  const auto refused = world.app.get(feed_of(me, "&min_token=" + cursor));
  CHECK(refused.error() == "invalid min_token: send an X-Feed-Token of an earlier answer");
  const events::ConsistencyToken ahead{events::PgSnapshot{1U << 30, 1U << 30, {}}, std::nullopt};
  CHECK_THROWS_WITH(world.app_feed.read(me, posts::max_id, 10, ahead),
                    "min_token is ahead of this database; ask again without it");
}

TEST_CASE("an unchanged page is answered with 304") {
  FeedFixture world;
  const auto me = world.add_materialized_user();
  world.post(me);
  const auto first = world.app.get(feed_of(me));
  const test::Headers known{{"if-none-match", first.header("ETag")}};
  const auto same = world.app.get(feed_of(me), known);
  CHECK(same.status == 304);
  CHECK(same.body.empty());
  CHECK(same.header("ETag") == first.header("ETag"));
  CHECK_FALSE(same.header("X-Feed-Token").empty());
  world.post(me);
  const auto other = world.app.get(feed_of(me), known);
  CHECK(other.status == 200);
  CHECK(other.ids().size() == 2);
}

TEST_CASE("five thousand posts paginate completely during concurrent changes") {
  FeedFixture world;
  const auto me = world.add_materialized_user(), late = world.app.add_user();
  std::vector<Id> authors;
  for (int i = 0; i < 5; ++i) authors.push_back(world.app.add_user());
  for (const auto author : authors) world.follows.follow(me, author);
  world.run_until_idle();
  std::string list;
  for (const auto author : authors) list += (list.empty() ? "" : ",") + std::to_string(author);
  world.app.sql(
      "INSERT INTO posts (id, author_id, shard) SELECT feedctl_id_at(now() - n * interval "
      "'30 minutes'), (ARRAY[" +
      list + "])[1 + n % 5], 0 FROM generate_series(1, 5000) n");
  world.app.sql(
      "INSERT INTO events (type, shard, actor, object) SELECT 5, 0, author_id, id FROM "
      "posts");
  world.handle_all_events();
  CHECK(world.rows_of(me).size() > 4000);  // the other posts are below the feed floor
  std::set<Id> stood, gone;
  for (const auto row : world.app.database.read({"test/posts", "SELECT id FROM posts"})) {
    stood.insert(row.integer(0));
  }
  std::mt19937 random(7);
  std::vector<Id> seen;
  Id before = posts::max_id;
  CHECK(world.materialized_feed(me, 97).has_value());
  for (;;) {
    const auto read = world.app_feed.read_page(me, before, 97);
    for (const auto& post : read.posts) seen.push_back(post.id);
    REQUIRE(seen.size() <= 5000);
    if (!read.next) break;
    before = *read.next;
    world.post(authors[random() % authors.size()]);
    const auto victim = std::next(stood.begin(), static_cast<long>(random() % stood.size()));
    world.app.sql("UPDATE posts SET deleted_at = now() WHERE id = " + std::to_string(*victim));
    gone.insert(*victim);
    world.follows.follow(me, late);
    world.post(late);
    world.follows.unfollow(me, late);
    world.run_until_idle();
  }
  CHECK(std::set<Id>(seen.begin(), seen.end()).size() == seen.size());
  CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
  const std::set<Id> found(seen.begin(), seen.end());
  for (const auto id : stood) CHECK((found.count(id) > 0 || gone.count(id) > 0));
  for (const auto id : found) CHECK(stood.count(id) > 0);
}
