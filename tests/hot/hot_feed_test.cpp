#include <algorithm>

#include "base/error.hpp"
#include "cache/memory_cache.hpp"
#include "hot/routes.hpp"
#include "hot_feed_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/hidden_posts.hpp"
#include "support/in_process.hpp"
#include "support/json.hpp"
#include "support/stored_images.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;

namespace {

std::vector<Id> ids_of(const hot::Page& page) {
  std::vector<Id> ids;
  for (const auto& [post, score] : page.posts) ids.push_back(post.id);
  return ids;
}

std::vector<Id> add_posts(HotFeedProcess& process, int count) {
  std::vector<Id> newest_first;
  for (int i = 0; i < count; ++i) newest_first.insert(newest_first.begin(), process.add_post());
  return newest_first;
}

std::vector<Id> slice(const std::vector<Id>& ids, std::size_t begin, std::size_t end) {
  return {ids.begin() + static_cast<std::ptrdiff_t>(begin),
          ids.begin() + static_cast<std::ptrdiff_t>(end)};
}

auth::Options open_mode() {
  auth::Options options;
  options.mode = auth::Mode::open;
  return options;
}

// GET /v1/feed/hot over one process.
struct HotFeedRoute {
  explicit HotFeedRoute(HotFeedProcess& process) : auth(open_mode(), process.database) {
    hot::add_routes(router, {process.feed, auth});
  }
  http::Response get(const std::string& target) {
    return support::InProcessClient(router, auth).get(target);
  }

  auth::Auth auth;
  http::Router router;
};

std::string header(const http::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("pages follow one another to the last one") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto all = add_posts(process, 25);
  const auto first = process.page(10);
  CHECK(ids_of(first) == slice(all, 0, 10));
  const auto second = process.page(10, first.next_cursor);
  CHECK(ids_of(second) == slice(all, 10, 20));
  const auto third = process.page(5, second.next_cursor);
  CHECK(ids_of(third) == slice(all, 20, 25));
  CHECK_FALSE(third.next_cursor);
  CHECK(ids_of(process.page(25)) == all);
  CHECK_FALSE(process.page(25).next_cursor);
}

TEST_CASE("a page without posts is empty and the end") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto page = process.page(10);
  CHECK(page.posts.empty());
  CHECK_FALSE(page.next_cursor);
}

TEST_CASE("likes between two pages neither repeat nor skip a post") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(0ms));
  const auto all = add_posts(process, 12);
  const auto first = process.page(5);
  process.like(1, all[11]);
  process.like(1, all[7]);
  CHECK(ids_of(process.page(2)) == std::vector<Id>{all[7], all[11]});
  const auto second = process.page(5, first.next_cursor);
  CHECK(ids_of(second) == slice(all, 5, 10));
  CHECK(second.as_of == first.as_of);
  CHECK(ids_of(process.page(5, second.next_cursor)) == slice(all, 10, 12));
}

TEST_CASE("a cursor whose snapshot has expired continues after its rank in the newest one") {
  support::FreshDatabase fresh;
  HotFeedProcess one(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto all = add_posts(one, 6);
  const auto first = one.page(3);
  HotFeedProcess restarted(fresh, cache::make_memory_cache(), test::with_window(0ms));
  restarted.like(1, all[5]);
  const auto second = restarted.page(3, first.next_cursor);
  CHECK(ids_of(second) == std::vector<Id>{all[2], all[3], all[4]});
  CHECK_FALSE(second.next_cursor);
}

TEST_CASE("a cursor beyond the end of the newest snapshot returns no more posts") {
  support::FreshDatabase fresh;
  HotFeedProcess one(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto all = add_posts(one, 4);
  const auto first = one.page(3);
  for (const auto id : slice(all, 1, 4)) one.posts.remove(id, std::nullopt, false);
  HotFeedProcess restarted(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto second = restarted.page(3, first.next_cursor);
  CHECK(second.posts.empty());
  CHECK_FALSE(second.next_cursor);
}

TEST_CASE("a post deleted between two pages gives its place to the next one") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  const auto all = add_posts(process, 9);
  const auto first = process.page(3);
  process.posts.remove(all[4], std::nullopt, false);
  const auto second = process.page(3, first.next_cursor);
  CHECK(ids_of(second) == std::vector<Id>{all[3], all[5], all[6]});
  const auto third = process.page(3, second.next_cursor);
  CHECK(ids_of(third) == slice(all, 7, 9));
  CHECK_FALSE(third.next_cursor);
}

TEST_CASE("posts of a suspended account leave the hot feed at once, and come back") {
  const bool with_redis = GENERATE(true, false);
  support::FreshDatabase fresh;
  HotFeedProcess process(
      fresh, with_redis ? test::redis_cache(test::new_redis()) : cache::make_memory_cache(),
      test::with_window(0ms));
  const auto author =
      fresh.execute("INSERT INTO users (handle, shard) VALUES ('ada', 0) RETURNING id");
  const auto hidden = process.add_post(), other = process.add_post();
  fresh.execute("UPDATE posts SET author_id = " + author + " WHERE id = " + std::to_string(hidden));
  process.like(1, hidden);
  CHECK(ids_of(process.page(10)) == std::vector<Id>{hidden, other});
  const auto change = [&](const std::string& at, const std::string& type) {
    fresh.execute("WITH u AS (UPDATE users SET suspended_at = " + at + " WHERE id = " + author +
                  ") INSERT INTO events (type, shard, actor, object) VALUES (" + type + ", 0, " +
                  author + ", " + author + ")");
  };
  change("now()", "14");
  CHECK(ids_of(process.page(10)) == std::vector<Id>{other});
  change("NULL", "15");
  CHECK(ids_of(process.page(10)) == std::vector<Id>{hidden, other});
}

TEST_CASE("a hidden post leaves the hot feed at once and comes back with its score") {
  const bool with_redis = GENERATE(true, false);
  support::FreshDatabase fresh;
  HotFeedProcess process(
      fresh, with_redis ? test::redis_cache(test::new_redis()) : cache::make_memory_cache(),
      test::with_window(0ms));
  const auto hidden = process.add_post(), liked = process.add_post(), newest = process.add_post();
  process.like(1, hidden);
  process.like(2, hidden);
  process.like(1, liked);
  const auto shown = std::vector<Id>{hidden, liked, newest}, rest = std::vector<Id>{liked, newest};
  CHECK(ids_of(process.page(10)) == shown);
  support::hide(process.database, hidden);
  CHECK(ids_of(process.page(10)) == rest);
  CHECK(process.ids() == rest);
  support::unhide(process.database, hidden);
  CHECK(ids_of(process.page(10)) == shown);
  CHECK(process.ids() == shown);
}

TEST_CASE("a first page shows each change of an image or an avatar, and no mark is needed") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(10s));
  HotFeedRoute route(process);
  const auto author =
      std::stoll(fresh.execute("INSERT INTO users (handle, shard) VALUES ('ada', 0) RETURNING id"));
  const auto post = process.add_post();
  fresh.execute("UPDATE posts SET author_id = " + std::to_string(author));
  std::string tag;
  const auto shows = [&](const std::string& member, const std::string& value) {
    const auto text = '"' + member + "\":" + value;
    INFO(text);
    std::string newer;
    CHECK(support::eventually([&] {
      const auto page = route.get("/v1/feed/hot");
      newer = header(page, "ETag");
      return !newer.empty() && page.body.find(text) != std::string::npos;
    }));
    CHECK(newer != std::exchange(tag, newer));
  };
  shows("image", "null");
  const auto image = support::set_image(fresh, post);
  shows("image", support::new_image_json(image));
  support::finish_image(fresh, post);
  shows("image", support::finished_image_json(image));
  support::remove_image(fresh, post);
  shows("image", "null");
  shows("avatar", support::avatar_json(support::set_avatar(fresh, author)));
  shows("avatar", support::avatar_json(support::set_avatar(fresh, author)));
  support::remove_avatar(fresh, author);
  shows("avatar", "null");
}

TEST_CASE("a page of an older ranking leaves out what was hidden since, and no mark is needed") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(10s));
  const auto other = process.add_post(), hidden = process.add_post();
  CHECK(ids_of(process.page(10)) == std::vector<Id>{hidden, other});
  support::hide(process.database, hidden);
  CHECK(ids_of(process.page(10)) == std::vector<Id>{other});
}

TEST_CASE("pages of a ranking with deleted posts are full up to its end") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(10s));
  HotFeedProcess elsewhere(fresh, cache::make_memory_cache(), test::with_window(10s));
  const auto all = add_posts(process, 150);
  REQUIRE(process.ids() == all);
  std::vector<Id> living;
  SECTION("one is gone") {
    for (const auto id : all) {
      if (id != all[7]) living.push_back(id);
    }
  }
  SECTION("many are gone") {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i % 6 == 0 || i == 140) living.push_back(all[i]);
    }
  }
  SECTION("the first and the last ones are gone") living = slice(all, 70, 145);
  SECTION("all are gone") {}
  for (const auto id : all) {
    const bool lives = std::find(living.begin(), living.end(), id) != living.end();
    if (!lives) elsewhere.posts.remove(id, std::nullopt, false);
  }
  std::vector<Id> read;
  for (std::optional<std::string> cursor;;) {
    const auto page = process.page(10, cursor);
    for (const auto id : ids_of(page)) read.push_back(id);
    if (!page.next_cursor) break;
    REQUIRE(page.posts.size() == 10);
    cursor = page.next_cursor;
  }
  CHECK(read == living);
}

TEST_CASE("a cursor of another list is refused") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  add_posts(process, 3);
  auto tampered = process.page(1).next_cursor.value();
  tampered[3] = tampered[3] == 'A' ? 'B' : 'A';
  const CursorSigner stranger(Secret<std::string>("another key"));
  for (const auto& cursor :
       {std::string("nonsense"), std::string(), tampered, process.cursors.sign("feed:1", "1 1 1"),
        process.cursors.sign("hot", "1 x 1"), process.cursors.sign("hot", "1 1"),
        process.cursors.sign("hot", "1 -1 1"), stranger.sign("hot", "1 1 1")}) {
    INFO(cursor);
    try {
      process.page(10, cursor);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::invalid_argument);
      CHECK(std::string(error.what()) == "invalid cursor");
    }
  }
}

TEST_CASE("the route returns posts with their scores, the time and the next cursor") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  HotFeedRoute site(process);
  const auto all = add_posts(process, 3);
  process.like(7, all[2]);
  const auto answer = site.get("/v1/feed/hot/?limit=2&user_id=7");
  CHECK(answer.status == 200);
  INFO(answer.body);
  REQUIRE(answer.status == 200);
  const auto body = json::parse(answer.body);
  const auto posts = support::list_in(body, "posts");
  REQUIRE(posts.size() == 2);
  CHECK(support::integer_in(posts[0], "id") == all[2]);
  CHECK(support::integer_in(posts[0], "score") == 1);
  CHECK(support::integer_in(posts[0], "like_count") == 1);
  CHECK(support::flag_in(posts[0], "liked"));
  CHECK(parse_rfc3339(support::text_in(posts[0], "created_at")));
  CHECK(support::integer_in(posts[1], "score") == 0);
  CHECK_FALSE(support::flag_in(posts[1], "liked"));
  const auto as_of = parse_rfc3339(support::text_in(body, "as_of"));
  REQUIRE(as_of);
  CHECK(now() - *as_of < 1min);
  const auto cursor = support::text_in(body, "next_cursor");
  CHECK(header(answer, "Link") ==
        "</v1/feed/hot/?user_id=7&limit=2&cursor=" + cursor + ">; rel=\"next\"");

  const auto last = site.get("/v1/feed/hot?limit=2&cursor=" + cursor);
  const auto rest = json::parse(last.body);
  CHECK(support::list_in(rest, "posts").size() == 1);
  CHECK(support::list_in(rest, "posts").at(0).find("liked") == nullptr);
  CHECK(support::member_in(rest, "next_cursor").is_null());
  CHECK(header(last, "Link").empty());
}

TEST_CASE("the route accepts limits from 1 to 1000 and states the error for others") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, cache::make_memory_cache(), test::with_window(0ms));
  HotFeedRoute site(process);
  const auto error = [&](const std::string& limit) {
    const auto answer = site.get("/v1/feed/hot?limit=" + limit);
    CHECK(answer.status == 400);
    return support::text_in(answer, "error");
  };
  for (const auto* bad : {"abc", "", "1.5"}) CHECK(error(bad) == "limit must be an integer");
  for (const auto* bad : {"0", "-1"}) CHECK(error(bad) == "limit must be positive");
  CHECK(error("1001") == "limit cannot exceed 1000");
  CHECK(site.get("/v1/feed/hot?limit=1000").status == 200);
  CHECK(site.get("/feed/hot").status == 200);
  CHECK(site.get("/v1/feed/hot?cursor=x").status == 400);
}
