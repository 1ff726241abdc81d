// GET /v1/feed/stream: which events a stream sends, to whom, and how a stream ends.
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sse_hub_fixture.hpp"
#include "stream_server.hpp"
#include "support/hidden_posts.hpp"
#include "support/json.hpp"
#include "support/suspension.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using namespace feedctl::test;

namespace {

std::size_t parsed_posts(const support::HttpResponse& page) {
  REQUIRE(page.status == 200);
  return support::list_in(page, "posts").size();
}

}  // namespace

TEST_CASE("an open stream receives posts as its feed shows them, deletions, and nothing else") {
  StreamServer site;
  site.follow(1, 2);
  StreamClient page(site.serve, 1);
  CHECK(page.status() == 200);
  CHECK(page.head().find("Content-Type: text/event-stream\r\n") != std::string::npos);
  page.read_initial_position();
  site.post(3, "nobody's business");
  const auto post = site.post(2, "hello");
  const auto told = page.read_event();
  CHECK(told.name == "post");
  CHECK(told.post() == post);
  CHECK_FALSE(told.id.empty());
  const auto shown = site.client.get("/v1/feed?limit=1", StreamServer::as_user(1)).body;
  CHECK(shown.find(told.data) != std::string::npos);
  const auto own = site.post(1, "mine");
  CHECK(page.read_event().post() == own);
  site.remove(2, post);
  const auto gone = page.read_event();
  CHECK(gone.name == "delete");
  CHECK(gone.post() == post);
  // The event id is also valid as a token.
  const auto from_there =
      site.client.get("/v1/feed?min_token=" + gone.id, StreamServer::as_user(1));
  CHECK(from_there.status == 200);
  CHECK(from_there.body.find("hello") == std::string::npos);
}

TEST_CASE("follows and unfollows while the stream is open take effect immediately") {
  StreamServer site;
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  site.post(2, "too early");
  site.follow(1, 2);
  const auto first = site.post(2);
  CHECK(page.read_event().post() == first);
  site.follow(1, 2, "unfollow");
  site.post(2, "too late");
  site.follow(1, 3);
  const auto second = site.post(3);
  CHECK(page.read_event().post() == second);
  site.follow(1, 2);
  const auto third = site.post(2);
  CHECK(page.read_event().post() == third);
}

TEST_CASE(
    "a reconnecting client receives the events it missed, in order and in their current state") {
  StreamServer site;
  site.follow(1, 2);
  const auto before = site.post(2, "before");
  std::string last;
  {
    StreamClient page(site.serve, 1);
    page.read_initial_position();
    CHECK(page.last_event_id().size() > 8);
    const auto seen = site.post(2, "seen");
    auto told = page.read_event();
    if (told.post() == before) told = page.read_event();  // the event of `before` came late
    CHECK(told.post() == seen);
    last = page.last_event_id();
  }
  const auto missed = site.post(2, "missed"), short_lived = site.post(2, "short-lived");
  site.remove(2, short_lived);
  site.remove(2, before);
  StreamClient page(site.serve, 1, last);
  CHECK(page.read_event().post() == missed);
  auto next = page.read_event();
  CHECK(next.name == "delete");
  CHECK(next.post() == short_lived);
  next = page.read_event();
  CHECK(next.name == "delete");
  CHECK(next.post() == before);
  const auto live = site.post(2, "live");
  CHECK(page.read_event().post() == live);

  // A stream may begin at the token of a page.
  const auto token =
      site.client.get("/v1/feed?limit=1", StreamServer::as_user(1)).header("x-feed-token");
  REQUIRE_FALSE(token.empty());
  const auto after = site.post(2, "after the page");
  StreamClient beside(site.serve, 1, token);
  CHECK(beside.read_event().post() == after);
}

TEST_CASE("a client that reconnects beyond the history is told to reload") {
  StreamServer site;
  site.follow(1, 2);
  std::string last;
  {
    StreamClient page(site.serve, 1);
    page.read_initial_position();
    last = page.last_event_id();
  }
  CHECK(StreamClient(site.serve, 1, "not-issued-here").read_event().name == "reload");
  site.post(2);
  site.serve.kill();
  site.serve.start();
  StreamClient page(site.serve, 1, last);
  const auto told = page.read_event();
  CHECK(told.name == "reload");
  CHECK_FALSE(told.id.empty());
  const auto post = site.post(2);
  CHECK(page.read_event().post() == post);  // the stream continues
}

TEST_CASE("streams are limited per user and in total") {
  StreamServer site({{"feed.streams", "3"}, {"feed.streams_per_user", "2"}});
  auto first = std::make_unique<StreamClient>(site.serve, 1);
  first->read_initial_position();
  StreamClient second(site.serve, 1);
  second.read_initial_position();
  StreamClient third(site.serve, 1);
  CHECK(third.status() == 429);
  CHECK(third.head().find("Retry-After: ") != std::string::npos);
  StreamClient other(site.serve, 2);
  other.read_initial_position();
  StreamClient one_too_many(site.serve, 3);
  CHECK(one_too_many.status() == 503);
  CHECK(one_too_many.head().find("Retry-After: ") != std::string::npos);
  first.reset();
  CHECK(eventually([&] { return StreamClient(site.serve, 3).status() == 200; }));
  CHECK(eventually(
      [&] { return site.client.get("/v1/feed/stream", StreamServer::as_user(77)).status == 404; }));
  CHECK(site.client.get("/v1/feed/stream").status == 400);  // a stream needs a user
}

TEST_CASE("a client that does not read is dropped; the others continue") {
  StreamServer site;
  site.follow(1, 2);
  site.follow(3, 2);
  StreamClient slow(site.serve, 1), quick(site.serve, 3);
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "\U0001F600";
  const auto dropped = [&] { return site.metric("feedctl_http_streams_dropped_total") > 0; };
  for (int i = 0; i < 1000 && !dropped(); ++i) {
    const auto post = site.post(2, text);
    CHECK(quick.read_event().post() == post);
  }
  CHECK(dropped());
  const auto post = site.post(2);
  CHECK(quick.read_event().post() == post);
}

TEST_CASE("a drain ends the streams with a retry time") {
  StreamServer site;
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  std::string rest;
  std::thread reader([&] { rest = page.client().read_to_end(); });
  CHECK(site.serve.stop() == 0);
  reader.join();
  CHECK(rest.rfind("retry: ", 0) == 0);
}

TEST_CASE("deleting an account ends its streams") {
  StreamServer site;
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  REQUIRE(site.client.send_until_available("DELETE", "/v1/users/1", "", StreamServer::as_user(1))
              .status == 202);
  CHECK(page.client().read_to_end().find("retry: ") != std::string::npos);
}

TEST_CASE("when an author is deleted with all posts, streams that show them are told to reload") {
  StreamServer site;
  site.follow(1, 2);
  site.follow(1, 4);
  site.post(2);
  StreamClient page(site.serve, 1), other(site.serve, 5);
  page.read_initial_position();
  other.read_initial_position();
  const auto before = page.last_event_id();
  REQUIRE(site.client.send_until_available("DELETE", "/v1/users/2", "", StreamServer::as_user(2))
              .status == 202);
  auto first = page.read_event();
  if (first.name == "post") first = page.read_event();  // the stream opened before the tail had it
  CHECK(first.name == "reload");
  const auto shown =
      site.client.get("/v1/feed?min_token=" + page.last_event_id(), StreamServer::as_user(1));
  CHECK(parsed_posts(shown) == 0);
  const auto post = site.post(4), own = site.post(5);
  CHECK(page.read_event().post() == post);
  CHECK(other.read_event().post() == own);                          // does not follow user 2
  site.fresh.execute("DELETE FROM follows WHERE followee_id = 2");  // as the cleanup job does
  StreamClient again(site.serve, 1, before);
  CHECK(again.read_event().name == "reload");
  const auto next = site.post(4);
  CHECK(again.read_event().post() == next);
}

TEST_CASE("streams reload when an author is suspended or reinstated, and those of theirs end") {
  StreamServer site;
  store::Database database(SseHubFixture::of(site.fresh));
  site.follow(1, 2);
  site.post(2);
  StreamClient page(site.serve, 1), hers(site.serve, 2), other(site.serve, 5);
  for (auto* client : {&page, &hers, &other}) client->read_initial_position();
  const auto before = page.last_event_id();
  const auto posts = [&] {
    return parsed_posts(
        site.client.get("/v1/feed?min_token=" + page.last_event_id(), StreamServer::as_user(1)));
  };
  support::suspend(database, 2);
  auto first = page.read_event();
  if (first.name == "post") first = page.read_event();  // the stream opened before the tail had it
  CHECK(first.name == "reload");
  CHECK(posts() == 0);
  CHECK(hers.client().read_to_end().find("retry: ") != std::string::npos);
  CHECK(site.client.get("/v1/feed/stream", StreamServer::as_user(2)).status == 403);
  support::reinstate(database, 2);
  CHECK(page.read_event().name == "reload");
  CHECK(posts() == 1);
  const auto own = site.post(5);
  CHECK(other.read_event().post() == own);  // does not follow user 2
  StreamClient again(site.serve, 1, before);
  CHECK(again.read_event().name == "reload");
}

TEST_CASE("a hidden post is deleted for streams, and they reload when it is shown again") {
  StreamServer site;
  store::Database database(SseHubFixture::of(site.fresh));
  site.follow(1, 2);
  const auto post = site.post(2);
  site.post(2);
  StreamClient page(site.serve, 1), hers(site.serve, 2), other(site.serve, 5);
  for (auto* client : {&page, &hers, &other}) client->read_initial_position();
  const auto before = page.last_event_id();
  const auto posts = [&](Id user, const StreamClient& client) {
    return parsed_posts(site.client.get("/v1/feed?min_token=" + client.last_event_id(),
                                        StreamServer::as_user(user)));
  };
  support::hide(database, post);
  for (auto* client : {&page, &hers}) {
    auto told = client->read_event();
    while (told.name == "post") told = client->read_event();  // it opened before the tail had them
    CHECK(told.name == "delete");
    CHECK(told.post() == post);
  }
  CHECK(posts(1, page) == 1);
  CHECK(posts(2, hers) == 1);
  const auto between = page.last_event_id();
  support::unhide(database, post);
  for (auto* client : {&page, &hers}) CHECK(client->read_event().name == "reload");
  CHECK(posts(1, page) == 2);
  const auto own = site.post(5);
  CHECK(other.read_event().post() == own);  // does not follow user 2
  for (const auto& seen : {before, between}) {
    StreamClient again(site.serve, 1, seen);
    CHECK(again.read_event().name == "reload");
  }
}

TEST_CASE("a client that reconnects after a post was hidden hears that it is gone") {
  StreamServer site;
  store::Database database(SseHubFixture::of(site.fresh));
  site.follow(1, 2);
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  const auto before = page.last_event_id();
  const auto post = site.post(2);
  while (page.read_event().name != "post") {
  }
  support::hide(database, post);
  CHECK(page.read_event().name == "delete");
  StreamClient again(site.serve, 1, before);
  const auto told = again.read_event();
  CHECK(told.name == "delete");  // and not the post, which nobody sees
  CHECK(told.post() == post);
}

TEST_CASE("a client that reconnects while posts arrive receives each of them") {
  constexpr int count = 150;
  // The server may still count streams that their clients have closed.
  StreamServer site(support::Settings{{"feed.streams_per_user", "1000"}});
  site.follow(1, 2);
  std::string last;
  {
    StreamClient page(site.serve, 1);
    page.read_initial_position();
    last = page.last_event_id();
  }
  std::vector<Id> posted;
  std::thread thread([&] {
    const auto client = site.serve.client();
    for (int i = 0; i < count; ++i) {
      auto fields = StreamServer::as_user(2);
      fields.emplace_back("Idempotency-Key", "post-" + std::to_string(i));
      support::HttpResponse made;
      eventually(
          [&] { return (made = client.post("/v1/feed/posts/", "{}", fields)).status == 201; });
      if (made.status == 201) posted.push_back(support::integer_in(made, "id"));
    }
  });
  const ThreadJoiner writer{thread};
  std::set<Id> told;
  int visits = 0;
  for (; told.size() < count && visits < 2 * count; ++visits) {
    StreamClient page(site.serve, 1, last);
    REQUIRE(page.status() == 200);
    for (int i = 0; i <= visits % 8 && told.size() < count; ++i) {
      const auto event = page.read_event();
      CHECK(event.name == "post");
      told.insert(event.post());
    }
    last = page.last_event_id();
  }
  thread.join();
  CHECK(posted.size() == count);
  CHECK(told == std::set<Id>(posted.begin(), posted.end()));
  CHECK(visits > 10);
}

TEST_CASE("a client that reads one event per connection receives posts that arrived together") {
  constexpr int count = 40;
  StreamServer site(support::Settings{{"feed.streams_per_user", "1000"}});
  site.follow(1, 2);
  std::string last;
  {
    StreamClient page(site.serve, 1);
    page.read_initial_position();
    last = page.last_event_id();
  }
  site.fresh.execute(
      "WITH made AS (INSERT INTO posts (id, author_id, shard, text) SELECT feedctl_next_id(), 2, "
      "feedctl_shard(2), 'together' FROM generate_series(1, " +
      std::to_string(count) +
      ") RETURNING id), counted AS (INSERT INTO post_likes (post_id) SELECT id FROM made) "
      "INSERT INTO events (type, shard, actor, object) SELECT 5, feedctl_shard(2), 2, id FROM made "
      "RETURNING id");
  std::map<Id, int> told;
  int visits = 0;
  for (; told.size() < count && visits < 2 * count; ++visits) {
    StreamClient page(site.serve, 1, last);
    REQUIRE(page.status() == 200);
    const auto event = page.read_event();
    CHECK(event.name == "post");
    CHECK_FALSE(event.id.empty());
    ++told[event.post()];
    last = page.last_event_id();
  }
  CHECK(told.size() == count);
  CHECK(visits == count);
}

TEST_CASE("interrupted database connections cost an open stream no post") {
  StreamServer site;
  site.follow(1, 2);
  StreamClient page(site.serve, 1);
  page.read_initial_position();
  std::vector<Id> posted;
  for (int round = 0; round < 3; ++round) {
    site.fresh.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    for (int i = 0; i < 3; ++i) {
      support::HttpResponse made;
      CHECK(eventually([&] {
        made = site.client.post("/v1/feed/posts/", "{}", StreamServer::as_user(2));
        return made.status == 201;
      }));
      posted.push_back(support::integer_in(made, "id"));
    }
  }
  for (const auto post : posted) CHECK(page.read_event().post() == post);
}

TEST_CASE("a thousand open streams receive the post of an author they all follow") {
  constexpr int readers = 1000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  StreamServer site({}, readers + 1);
  site.fresh.execute(
      "INSERT INTO follows (follower_id, followee_id) SELECT i, 1001"
      " FROM generate_series(1, 1000) i");
  std::vector<std::unique_ptr<StreamClient>> pages;
  for (int i = 1; i <= readers; ++i) {
    pages.push_back(std::make_unique<StreamClient>(site.serve, i));
    pages.back()->read_initial_position();
  }
  // The server counts a stream only after it has sent the head.
  CHECK(eventually([&] { return site.metric("feedctl_http_streams") == readers; }));
  for (int round = 0; round < 3; ++round) {
    const auto start = std::chrono::steady_clock::now();
    const auto post = site.post(readers + 1);
    int told = 0;
    for (const auto& page : pages) told += page->read_event().post() == post;
    CHECK(told == readers);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    WARN("all had it after " << took.count() << " ms");
  }
  for (std::size_t i = 0; i < pages.size(); i += 2) pages[i].reset();
  CHECK(eventually([&] { return site.metric("feedctl_http_streams") == readers / 2; }));
}
