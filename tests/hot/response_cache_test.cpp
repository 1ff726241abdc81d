#include "hot/response_cache.hpp"

#include <thread>

#include "hot_feed_process.hpp"
#include "http_server/fast_request_parser.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;

namespace {

// The head of a request as an event loop parses it; valid as long as this object.
struct ParsedHead {
  explicit ParsedHead(const std::string& target, const std::string& fields = "")
      : bytes("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n") {
    http::FastRequestParser parser(limits, hosts);
    REQUIRE(parser.parse_request_line(bytes, head));
    REQUIRE(parser.parse_fields(bytes, head) == bytes.size());
  }

  const http::Limits limits;
  const http::HostAllowlist hosts{{}};
  const std::string bytes;
  http::FastRequestHead head;
};

Deadline eventually() {
  return Deadline::after(20s);
}

}  // namespace

TEST_CASE("an anonymous first page is served from the response cache") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(10s));
  hot::ResponseCache pages(process.feed, 2, 5);
  for (int i = 0; i < 3; ++i) process.add_post();
  const auto ask = [&](const std::string& target, const std::string& fields = "") {
    return pages.try_respond(ParsedHead(target, fields).head).prepared;
  };
  CHECK_FALSE(ask("/v1/feed/hot"));  // no page was built yet

  // It is ready for a tenth of a second only, and this machine may be busy.
  auto page = process.feed.get_first_page(2, eventually());
  const ParsedHead plain("/v1/feed/hot");
  auto ready = pages.try_respond(plain.head).prepared;
  for (int i = 0; i < 100 && !ready; ++i) {
    page = process.feed.get_first_page(2, eventually());
    ready = pages.try_respond(plain.head).prepared;
  }
  REQUIRE(ready);
  const auto& form = ready->variant(plain.head, false);
  CHECK(form.status == 200);
  CHECK(form.body == page->body);
  CHECK(form.head.find("ETag: " + page->etag + "\r\n") != std::string::npos);
  CHECK(form.head.find("Link: </v1/feed/hot?limit=2&cursor=" + *page->next_cursor) !=
        std::string::npos);
  const ParsedHead known("/v1/feed/hot", "If-None-Match: " + page->etag + "\r\n");
  CHECK(ready->variant(known.head, false).status == 304);

  process.feed.get_first_page(2, eventually());
  const auto by_limit = ask("/v1/feed/hot?limit=2");
  if (process.feed.try_get_first_page(2)) CHECK(by_limit);
  auto other = ask("/feed/hot/");
  for (int i = 0; i < 100 && !other; ++i) {
    process.feed.get_first_page(2, eventually());
    other = ask("/feed/hot/");
  }
  REQUIRE(other);
  CHECK(other->variant(plain.head, false).head.find("Link: </feed/hot/?limit=2") !=
        std::string::npos);

  for (const auto* query : {"limit=3", "limit=6", "limit=0", "limit=02", "limit=2&limit=2",
                            "limit=2&user_id=1", "user_id=1", "cursor=x", "limit=", "limit=x"}) {
    INFO(query);
    CHECK_FALSE(ask(std::string("/v1/feed/hot?") + query));
  }
  CHECK_FALSE(ask("/v1/feed/hot", "Authorization: Bearer x\r\n"));
  CHECK_FALSE(ask("/v1/feed/hot", "X-User-Id: 1\r\n"));
}

TEST_CASE("while handlers are overloaded the last page is served and marked stale") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(10s));
  hot::ResponseCache pages(process.feed, 2, 5);
  process.add_post();
  const auto page = process.feed.get_first_page(2, eventually());
  std::this_thread::sleep_for(150ms);
  ParsedHead late("/v1/feed/hot");
  CHECK_FALSE(pages.try_respond(late.head).prepared);
  late.head.overloaded = true;
  const auto ready = pages.try_respond(late.head).prepared;
  REQUIRE(ready);
  const auto& form = ready->variant(late.head, false);
  CHECK(form.body == page->body);
  CHECK(form.head.find("X-Feed-Stale: 1\r\n") != std::string::npos);
  CHECK(form.head.find("\r\nAge: ") != std::string::npos);
  CHECK(form.head.find("ETag") == std::string::npos);
  process.feed.mark_dirty(true);  // a deleted post is not even served as stale
  CHECK_FALSE(pages.try_respond(late.head).prepared);
}
