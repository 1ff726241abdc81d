// Which pages the page cache evicts, and the headers of stale pages.
#include <thread>

#include "hot/response_cache.hpp"
#include "hot_feed_process.hpp"
#include "http_server/fast_request_parser.hpp"
#include "page_cache_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;
using test::TestPageCache;
using Clock = hot::PageCache::Clock;

namespace {

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a page dated in the future has no negative age") {
  auto page = std::make_shared<hot::CachedPage>();
  page->is_stale = true;
  CHECK(header(hot::make_response(*page, {}, 50, -3600s), "Age") == "0");
  CHECK(header(hot::make_response(*page, {}, 50, 7s), "Age") == "7");
}

TEST_CASE("the page least recently read is evicted first") {
  TestPageCache pages;
  for (int limit = 1; limit <= 16; ++limit) {
    pages.keep(limit, "x", 60s);
    std::this_thread::sleep_for(2ms);
  }
  for (int other = 100; other < 140; ++other) {
    REQUIRE(pages.look(1).page);
    REQUIRE(pages.latest_since(2, Clock::now()));
    REQUIRE(pages.latest_stale(3, 60s));
    std::this_thread::sleep_for(2ms);
    pages.keep(other, "x", 60s);
  }
  for (const int read : {1, 2, 3}) CHECK(pages.latest(read, 60s));
  CHECK_FALSE(pages.latest(4, 60s));
}

TEST_CASE("refreshing a page does not count as reading it") {
  TestPageCache pages;
  pages.keep(1, "x", 60s);
  std::this_thread::sleep_for(2ms);
  for (int limit = 2; limit <= 16; ++limit) pages.keep(limit, "x", 60s);
  std::this_thread::sleep_for(2ms);
  pages.keep(1, "x", 60s);
  std::this_thread::sleep_for(2ms);
  pages.keep(17, "x", 60s);
  CHECK_FALSE(pages.latest(1, 60s));
}

TEST_CASE("a reader long after a failed refresh waits for the next one, as the first did") {
  TestPageCache pages;
  pages.keep(50, "x", 0s);
  CHECK(pages.look(50).needs_refresh);
  std::this_thread::sleep_for(hot::PageCache::refresh_wait + 10ms);
  const auto late = Clock::now();
  const auto last = pages.look(50).page;  // stale, as long as readers come
  if (test::is_within(late, hot::PageCache::idle_window / 2)) CHECK(last);
  std::this_thread::sleep_for(1010ms);  // longer than idle_window
  const auto found = pages.look(50);
  CHECK_FALSE(found.page);
  CHECK(found.needs_refresh);
}

TEST_CASE(
    "a refresh that fails in the last third of a page's life is requested again once the page has "
    "expired") {
  TestPageCache pages;
  pages.keep(50, "x", 300ms);
  std::this_thread::sleep_for(210ms);
  CHECK(pages.look(50).needs_refresh);
  std::this_thread::sleep_for(100ms);
  for (int i = 0; i < 3; ++i) CHECK(pages.look(50).needs_refresh);
}

TEST_CASE("the encoded bytes of a page in use are kept however many others there are") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(10s));
  process.add_post();
  hot::ResponseCache edge(process.feed, 50, 1000);
  const auto ask = [&](const std::string& path, int limit) {
    const auto line = "GET " + path + "?limit=" + std::to_string(limit) + " HTTP/1.1\r\n";
    const http::Limits limits;
    const http::HostAllowlist hosts({});
    http::FastRequestHead head;
    REQUIRE(http::FastRequestParser(limits, hosts).parse_request_line(line, head));
    head.overloaded = true;  // an overloaded server also serves the stale page
    return edge.try_respond(head).prepared;
  };
  for (const int limit : {1, 2}) process.feed.get_first_page(limit, Deadline::after(20s));
  bool stays = false;  // a refresh, or another Age, makes new bytes meanwhile
  for (int attempt = 0; attempt < 50 && !stays; ++attempt) {
    const auto first = ask("/v1/feed/hot", 1);
    REQUIRE(first);
    for (int other = 0; other < 40; ++other) {
      REQUIRE(ask("/other" + std::to_string(other), 2));
      ask("/v1/feed/hot", 1);
    }
    stays = ask("/v1/feed/hot", 1) == first;
  }
  CHECK(stays);
}
