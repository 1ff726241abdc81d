// GET /v1/feed/stream: malformed Last-Event-IDs, clients that never read, tokens that expire.
#include <algorithm>
#include <memory>
#include <vector>

#include "base/cursor_signer.hpp"
#include "stream_server.hpp"
#include "support/json.hpp"
#include "support/resident_memory.hpp"

using namespace feedctl;
using namespace feedctl::test;

namespace {

const char* const key = "a key that the test knows, too";

// A valid event id for any position.
std::string signed_id(const std::string& position) {
  return CursorSigner(Secret<std::string>(key)).sign("token", position);
}

// Reads events up to that of `post`. None may be of an author whom the reader does not follow.
void require_event(StreamClient& page, Id post) {
  for (;;) {
    const auto event = page.read_event();
    CHECK(event.data.find("nobody's business") == std::string::npos);
    if (event.name == "post" && event.post() == post) return;
  }
}

}  // namespace

TEST_CASE("whatever id a client reconnects with, it receives its own feed and every new event") {
  StreamServer site({{"server.secret_key", key}, {"feed.streams_per_user", "100"}});
  site.follow(1, 2);
  site.follow(4, 3);
  for (int i = 0; i < 3; ++i) site.post(2);
  std::string of_other;
  {
    StreamClient other(site.serve, 4);
    other.read_initial_position();
    of_other = other.last_event_id();
  }
  const auto first = site.client.get("/v1/feed?limit=1", StreamServer::as_user(1));
  const auto cursor = support::text_in(first, "next_cursor");
  const auto token = first.header("x-feed-token");
  const auto xmax =
      std::stoll(site.fresh.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())"));
  const auto ahead = std::to_string(xmax + 1'000'000);
  const std::vector<std::pair<const char*, std::string>> ids{
      {"nothing", " "},
      {"bytes", "\x80\xff\x01?;:,"},
      {"long", std::string(7000, 'A')},
      {"a cursor", cursor},
      {"a part of a token", token.substr(0, token.size() - 3)},
      {"a token and more", token + token},
      {"another user's", of_other},
      {"signed, and no position", signed_id("1:2:3;4")},
      {"of the beginning", signed_id(";1:1:")},
      {"ahead of this database", signed_id(";" + ahead + ":" + ahead + ":")},
      {"a command ahead of this database", signed_id(ahead + ";3:3:")}};
  for (const auto& [what, id] : ids) {
    CAPTURE(what);
    StreamClient page(site.serve, 1, id);
    if (page.status() == 400) continue;  // the server rejects control bytes in a header
    REQUIRE(page.status() == 200);
    site.post(3, "nobody's business");
    require_event(page, site.post(2, "is new"));
  }
  CHECK(StreamClient(site.serve, 1, std::string(9000, 'A')).status() == 431);
  const auto twice = site.client.get(
      "/v1/feed/stream", {{"X-User-Id", "1"}, {"Last-Event-ID", "a"}, {"X-User-Id", "2"}});
  CHECK(twice.status >= 400);
}

TEST_CASE("a hundred readers who read nothing cost little memory, and the others no post") {
  constexpr int stopped = 100;
  StreamServer site({}, stopped + 2);
  site.fresh.execute("INSERT INTO follows (follower_id, followee_id) SELECT i, " +
                     std::to_string(stopped + 2) + " FROM generate_series(1, " +
                     std::to_string(stopped + 1) + ") i");
  std::vector<std::unique_ptr<StreamClient>> pages;
  for (int i = 1; i <= stopped; ++i) {
    pages.push_back(std::make_unique<StreamClient>(site.serve, i));
    REQUIRE(pages.back()->status() == 200);
  }
  StreamClient quick(site.serve, stopped + 1);
  quick.read_initial_position();
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "\U0001F600";
  const auto before = support::resident_bytes(site.serve.pid());
  std::int64_t most = before;
  const auto dropped = [&] { return site.metric("feedctl_http_streams_dropped_total"); };
  int posts = 0;
  for (; posts < 1000 && dropped() < stopped; ++posts) {
    support::HttpResponse made;
    REQUIRE(eventually([&] {
      made = site.client.post("/v1/posts", "{\"text\":\"" + text + "\"}",
                              StreamServer::as_user(stopped + 2));
      return made.status == 201;
    }));
    require_event(quick, support::integer_in(made, "id"));
    most = std::max(most, support::resident_bytes(site.serve.pid()));
  }
  CHECK(dropped() == stopped);
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // sanitizers use memory of their own
  // For each client 64 KiB buffered and as much in the kernel, and 64 MiB for all else.
  CHECK(most - before < (stopped * 128 + 64 * 1024) * 1024);
#endif
  WARN(posts << " posts until all were dropped, " << ((most - before) >> 20) << " MiB more");
  require_event(quick, site.post(stopped + 2));
  CHECK(eventually([&] { return site.metric("feedctl_http_streams") == 1; }));
}

TEST_CASE("a stream ends by its token's expiry, and an expired token opens no other") {
  StreamServer site({{"auth.mode", "required"}, {"auth.token_ttl", "2s"}});
  support::RunOptions shell;
  shell.environment = {"FEEDCTL_DATABASE_URL=" + site.fresh.url().reveal(),
                       "FEEDCTL_DATABASE_OWNER_URL=" + site.fresh.owner_url().reveal()};
  REQUIRE(support::run_feedctl({"migrate", "up"}, shell).exit_code == 0);  // makes a signing key
  const auto token_of = [&](const std::string& handle) {
    auto made = support::run_feedctl({"users", "token", "--handle", handle, "--ttl", "2s"}, shell);
    INFO(made.err);
    REQUIRE(made.exit_code == 0);
    return made.out.substr(0, made.out.find('\n'));
  };
  const auto ask = [&](const std::string& token, const std::string& last = "") {
    auto client = std::make_unique<RawClient>(site.serve.port());
    client->send("GET /v1/feed/stream HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + token +
                 (last.empty() ? "" : "\r\nLast-Event-ID: " + last) + "\r\n\r\n");
    return client;
  };
  // On a slow machine a token may expire before its use, so this tries again with a new one.
  std::string token;
  const auto opened = [&](const std::string& last = "") {
    std::unique_ptr<RawClient> page;
    REQUIRE(eventually([&] {
      token = token_of("user1");
      page = ask(token, last);
      return page->read_until("\r\n\r\n").rfind("HTTP/1.1 200", 0) == 0;
    }));
    return page;
  };
  auto page = opened();
  const auto all = page->read_to_end();
  CHECK(all.find("retry: 1000\n") != std::string::npos);
  const auto id = all.rfind("\nid: ");
  REQUIRE(id != std::string::npos);
  const auto last = all.substr(id + 5, all.find('\n', id + 5) - id - 5);
  CHECK(eventually(
      [&] { return ask(token, last)->read_until("\r\n\r\n").rfind("HTTP/1.1 401", 0) == 0; }));
  auto again = opened(last);
  CHECK(again->read_to_end().find("event: reload") == std::string::npos);
}
