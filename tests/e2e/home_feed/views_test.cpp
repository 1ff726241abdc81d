// View counts in pages from memory: they follow the events of flushes.
#include <future>

#include "e2e/home_feed/home_feed_cluster.hpp"
#include "support/json.hpp"
#include "support/long_mode.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/view_flush.hpp"

using namespace feedctl;
using namespace feedctl::test;
using support::rounds;

namespace {

// A page from memory that shows at least what the token covers.
HttpResponse page_from_memory(const HttpClient& http, std::int64_t user, const std::string& token) {
  HttpResponse page;
  REQUIRE(eventually([&] {
    const auto before = HomeFeedCluster::pages_by_source(http, "index");
    page = HomeFeedCluster::feed(http, user, "?min_token=" + token);
    return HomeFeedCluster::pages_by_source(http, "index") > before;
  }));
  return page;
}

// Views of a few posts at once, again and again. Uses no Catch2: it runs in a thread.
void flush_often(const support::FreshDatabase& database, const std::vector<std::int64_t>& posts,
                 int flushes) {
  std::mt19937 random(5);
  for (int i = 0; i < flushes; ++i) {
    std::vector<std::pair<std::int64_t, std::int64_t>> views;
    for (const auto post : posts) {
      if (random() % 4 == 0) views.emplace_back(post, 1 + random() % 3);
    }
    if (!views.empty()) support::flush_views(database, views);
  }
}

}  // namespace

TEST_CASE("a page from memory shows flushed views as soon as it covers the flush") {
  const HomeFeedCluster town(2);
  const auto me = town.users[0], ann = town.users[1];
  town.follow(town.a, me, ann);
  const auto old = create_post(town.a, ann), post = create_post(town.b, ann);
  for (int round = 1; round <= 20; ++round) {
    CAPTURE(round);
    support::flush_views(town.database, {{post, 1}, {old, 2}});
    const auto defined = town.feed(town.reference, me);
    const auto newest = list_member(parse_body(defined), "posts").front();
    CHECK(integer_member(newest, "view_count") == round);
    for (const auto* http : {&town.a, &town.b}) {
      const auto page = page_from_memory(*http, me, defined.header("x-feed-token"));
      CHECK(page.body == defined.body);
      CHECK(page.header("etag") == defined.header("etag"));
    }
  }
}

TEST_CASE("pages from the memory of every serve show what flush-views has counted") {
  const RedisServer redis({"--appendonly", "yes", "--appendfsync", "always"});
  const HomeFeedCluster town(2);
  const auto me = town.users[0], ann = town.users[1];
  town.follow(town.a, me, ann);
  const auto post = std::to_string(create_post(town.a, ann));
  const auto day = town.database.execute("SELECT (now() AT TIME ZONE 'UTC')::date - '1970-01-01'");
  support::RunOptions run;
  run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + town.database.url().reveal(),
                     "FEEDCTL_REDIS_URL=" + redis.url()};
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    redis.cli("RPUSH views:pending " + day + " " + post + " " + std::to_string(1000 + round));
    const auto flushed = support::run_feedctl({"flush-views"}, run);
    INFO(flushed.err);
    REQUIRE(flushed.exit_code == 0);
    const auto defined = town.feed(town.reference, me);
    CHECK(integer_member(list_member(parse_body(defined), "posts").front(), "view_count") == round);
    for (const auto* http : {&town.a, &town.b})
      CHECK(page_from_memory(*http, me, defined.header("x-feed-token")).body == defined.body);
  }
}

TEST_CASE("while views are flushed no page from memory differs from the defining query") {
  const HomeFeedCluster town(4, {{"feed.shadow", "100%"}});
  std::vector<std::int64_t> posts;
  for (const auto user : town.users) {
    for (const auto other : town.users)
      if (other != user) town.follow(town.a, user, other);
    for (int i = 0; i < 4; ++i) posts.push_back(create_post(town.b, user));
  }
  auto flushes =
      std::async(std::launch::async, [&] { flush_often(town.database, posts, rounds(300, 3000)); });
  std::mt19937 random(7);
  do {
    for (const auto* http : {&town.a, &town.b}) {
      town.feed(*http, town.users[random() % 4], "?limit=" + std::to_string(1 + random() % 20));
    }
  } while (flushes.wait_for(0s) != std::future_status::ready);
  flushes.get();
  for (const auto* http : {&town.a, &town.b}) {
    // The comparison's queue holds 64 pages: past those, all pages of the flushes are compared.
    const auto before = town.metric(*http, "feedctl_feed_shadow_pages_total");
    CHECK(eventually([&] {
      for (const auto user : town.users) town.feed(*http, user);
      return town.metric(*http, "feedctl_feed_shadow_pages_total") > before + 64;
    }));
    CHECK(town.metric(*http, "feedctl_feed_divergence_total") == 0);
  }
  for (const auto user : town.users) {
    const auto defined = town.feed(town.reference, user);
    for (const auto* http : {&town.a, &town.b})
      CHECK(page_from_memory(*http, user, defined.header("x-feed-token")).body == defined.body);
  }
}

TEST_CASE("events tail prints the views that a flush counted, post by post") {
  const support::FreshDatabase database;
  support::flush_views(database, {{8, 2}, {9, 1}});
  support::RunOptions run;
  run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=" + database.url().reveal()};
  const auto tail = support::run_feedctl({"events", "tail", "--once", "-o", "jsonl"}, run);
  INFO(tail.err);
  CHECK(tail.exit_code == 0);
  const auto event = json::parse(tail.out.substr(0, tail.out.find('\n')));
  CHECK(text_member(event, "event") == "ViewsFlushed");
  CHECK(integer_member(event, "object") == 2);
  const auto& views = list_member(event, "views");
  REQUIRE(views.size() == 2);
  CHECK(integer_member(views[0], "post") == 8);
  CHECK(integer_member(views[0], "count") == 2);
  CHECK(integer_member(views[1], "post") == 9);
  CHECK(integer_member(views[1], "count") == 1);
}
