// Author lists in Redis: /v1/users/{id}/posts answers as without them.
#include "posts/author_list_cache.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "cache/redis_cache.hpp"
#include "support/app/app.hpp"
#include "support/catch.hpp"
#include "support/hidden_posts.hpp"
#include "support/keyless_posts.hpp"
#include "support/test_servers.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::App;

namespace {

struct AuthorListFixture {
  App app;
  std::unique_ptr<cache::Cache> cache = [] {
    redis::PoolOptions options;
    options.url = support::redis_url(8);
    options.timeout = 10s;  // this machine may be busy
    auto cache = cache::make_redis_cache(options);
    cache->invalidate(cache->scan_keys("user:*", 100'000));
    return cache;
  }();
  support::KeylessPosts posts{app.database, {[] {}, cache.get()}};
  Id ann = app.add_user();

  std::vector<Id> page(int limit, std::optional<Id>* next = nullptr) {
    const auto page = posts.of_author(ann, posts::max_id, limit, std::nullopt);
    if (next != nullptr) *next = page.next;
    std::vector<Id> ids;
    for (const auto& post : page.posts) ids.push_back(post.id);
    return ids;
  }
  std::optional<posts::AuthorList> cached_text() {
    const auto found = cache->peek(posts::list_key(ann));
    return found ? posts::parse_author_list(found->body) : std::nullopt;
  }
};

}  // namespace

TEST_CASE("a serialized author's list round-trips, and no other text parses as one") {
  CHECK(posts::list_key(42) == "user:42:posts");
  const auto text = posts::serialize({true, {30, 20, 10}});
  CHECK(text == "1 30,20,10");
  const auto read = posts::parse_author_list(text);
  REQUIRE(read.has_value());
  CHECK(read->is_complete);
  CHECK(read->posts == std::vector<Id>{30, 20, 10});
  CHECK(posts::parse_author_list(posts::serialize({false, {}}))->posts.empty());
  for (const auto* other : {"", "garbage", "2 30", "1 10,20", "1 20,20", "1 x", "1 -5", "1 0"}) {
    INFO(other);
    CHECK_FALSE(posts::parse_author_list(other).has_value());
  }
}

TEST_CASE("the first page of an author's posts caches their newest ids and is served from them") {
  AuthorListFixture world;
  std::vector<Id> all;
  for (int i = 0; i < 12; ++i) all.insert(all.begin(), world.app.posts.create(world.ann, "x").id);
  std::optional<Id> next;
  CHECK(world.page(5, &next) == std::vector<Id>(all.begin(), all.begin() + 5));
  CHECK(next == all[4]);
  REQUIRE(world.cached_text().has_value());
  CHECK(world.cached_text()->is_complete);
  CHECK(world.cached_text()->posts == all);
  // This post does not invalidate the list, so a page without it comes from the list.
  world.app.posts.create(world.ann, "not told");
  CHECK(world.page(12, &next) == all);
  CHECK_FALSE(next.has_value());
  CHECK(world.posts.of_author(world.ann, all[4], 5, std::nullopt).posts.front().id == all[5]);
}

TEST_CASE("a new post is in its author's list at once, a deleted one is not shown") {
  AuthorListFixture world;
  const auto first = world.posts.create(world.ann, "first").id;
  CHECK(world.page(10) == std::vector<Id>{first});
  const auto second = world.posts.create(world.ann, "second").id;
  CHECK(world.page(10) == std::vector<Id>{second, first});
  world.app.posts.remove(first, world.ann, false);  // without an invalidation
  CHECK(world.page(10) == std::vector<Id>{second});
  world.app.remove_user(world.ann);
  CHECK_THROWS_AS(world.page(10), Error);
}

TEST_CASE("an author's list keeps hidden posts, and its readers leave them out") {
  AuthorListFixture world;
  std::vector<Id> all;
  for (int i = 0; i < 14; ++i) all.insert(all.begin(), world.posts.create(world.ann, "x").id);
  CHECK(world.page(20) == all);
  for (int i = 0; i < 12; ++i) support::hide(world.app.database, all[static_cast<std::size_t>(i)]);
  for (int i = 0; i < 2; ++i) {
    CHECK(world.page(1) == std::vector<Id>{all[12]});  // more than a list's page passes over
    CHECK(world.page(20) == std::vector<Id>{all[12], all[13]});
  }
  CHECK(world.cached_text()->posts == all);
  for (int i = 0; i < 12; ++i)
    support::unhide(world.app.database, all[static_cast<std::size_t>(i)]);
  CHECK(world.page(20) == all);
}

TEST_CASE("a page is read again from the database if much of its list is gone") {
  AuthorListFixture world;
  std::vector<Id> all;
  for (int i = 0; i < 130; ++i) all.push_back(world.app.posts.create(world.ann, "x").id);
  std::sort(all.rbegin(), all.rend());  // ids of one millisecond have no fixed order
  std::optional<Id> next;
  CHECK(world.page(100, &next) == std::vector<Id>(all.begin(), all.begin() + 100));
  CHECK(world.cached_text()->posts.size() == 120);
  CHECK_FALSE(world.cached_text()->is_complete);
  world.app.sql("UPDATE posts SET deleted_at = now() WHERE id > " + std::to_string(all[30]));
  CHECK(world.page(95, &next) == std::vector<Id>(all.begin() + 30, all.begin() + 125));
  CHECK(next == all[124]);
}

TEST_CASE("post events invalidate their authors' lists after the commit") {
  AuthorListFixture world;
  posts::AuthorListCache lists(world.cache.get());
  const auto drop = posts::invalidate_author_lists(lists);
  for (const auto type : {events::Type::post_created, events::Type::post_deleted}) {
    world.page(10);
    REQUIRE(world.cached_text().has_value());
    events::Event event;
    event.type = type;
    event.actor = world.ann;
    events::UnitOfWork unit(world.app.database.write());
    drop(unit, {&event, 1});
    CHECK(world.cached_text().has_value());
    unit.commit();
    CHECK_FALSE(world.cached_text().has_value());
  }
}

TEST_CASE("a list that contains another author's post is not used") {
  AuthorListFixture world;
  const auto own = world.app.posts.create(world.ann, "own").id;
  const auto other = world.app.posts.create(world.app.add_user(), "other").id;
  const auto read = world.cache->read_entry(posts::list_key(world.ann), '1', 3s);
  REQUIRE(world.cache->store_entry(posts::list_key(world.ann), '1', read.token,
                                   "1 " + std::to_string(other), {60s, 60s}));
  CHECK(world.page(10) == std::vector<Id>{own});
}
