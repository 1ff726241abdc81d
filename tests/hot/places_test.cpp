// The few places for ready pages: who keeps theirs, and what the pages in them say.
#include <thread>

#include "hot/edge_pages.hpp"
#include "http/server.hpp"
#include "pages.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::Pages;
using test::Process;
using Clock = hot::ReadyPages::Clock;

namespace {

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a page from a time that is yet to come has no age below zero") {
  auto page = std::make_shared<hot::ReadyPage>();
  page->stale = true;
  CHECK(header(hot::response_of(*page, {}, 50, -3600s), "Age") == "0");
  CHECK(header(hot::response_of(*page, {}, 50, 7s), "Age") == "7");
}

TEST_CASE("the page that gives way is the one that nobody has read for longest") {
  Pages pages;
  for (int limit = 1; limit <= 16; ++limit) {
    pages.keep(limit, "x", 60s);
    std::this_thread::sleep_for(2ms);
  }
  for (int other = 100; other < 140; ++other) {
    REQUIRE(pages.look(1).page);
    REQUIRE(pages.since(2, Clock::now()));
    REQUIRE(pages.stale(3, 60s));
    std::this_thread::sleep_for(2ms);
    pages.keep(other, "x", 60s);
  }
  for (const int read : {1, 2, 3}) CHECK(pages.last(read, 60s));
  CHECK_FALSE(pages.last(4, 60s));
}

TEST_CASE("a page that is renewed is not used for that") {
  Pages pages;
  pages.keep(1, "x", 60s);
  std::this_thread::sleep_for(2ms);
  for (int limit = 2; limit <= 16; ++limit) pages.keep(limit, "x", 60s);
  std::this_thread::sleep_for(2ms);
  pages.keep(1, "x", 60s);
  std::this_thread::sleep_for(2ms);
  pages.keep(17, "x", 60s);
  CHECK_FALSE(pages.last(1, 60s));
}

TEST_CASE(
    "whoever comes long after a renewal that failed waits for the next one, as the first did") {
  Pages pages;
  pages.keep(50, "x", 0s);
  CHECK(pages.look(50).renew);
  std::this_thread::sleep_for(hot::ReadyPages::patience + 10ms);
  const auto late = Clock::now();
  const auto last = pages.look(50).page;  // late: the last one, for as long as readers come
  if (test::within(late, hot::ReadyPages::lull / 2)) CHECK(last);
  std::this_thread::sleep_for(1010ms);  // nobody comes
  const auto found = pages.look(50);
  CHECK_FALSE(found.page);
  CHECK(found.renew);
}

TEST_CASE("a renewal in the last third that fails is asked for again once the page has ended") {
  Pages pages;
  pages.keep(50, "x", 300ms);
  std::this_thread::sleep_for(210ms);
  CHECK(pages.look(50).renew);
  std::this_thread::sleep_for(100ms);
  for (int i = 0; i < 3; ++i) CHECK(pages.look(50).renew);
}

TEST_CASE("the bytes of a page that is asked for stay made however many others are") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(10s));
  process.add_post();
  hot::EdgePages edge(process.feed, 50, 1000);
  const auto ask = [&](const std::string& path, int limit) {
    const auto line = "GET " + path + "?limit=" + std::to_string(limit) + " HTTP/1.1\r\n";
    http::Glance glance;
    REQUIRE(glance.read_line(line, http::Limits{}));
    glance.strained = true;  // so that the last page is good, however long this takes
    return edge.answer(glance).ready;
  };
  for (const int limit : {1, 2}) process.feed.first_page(limit, Deadline::after(20s));
  bool stays = false;  // but for a page that is renewed meanwhile, or a second older
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
