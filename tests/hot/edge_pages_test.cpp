#include "hot/edge_pages.hpp"

#include <thread>

#include "http/hosts.hpp"
#include "http/server.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::Process;

namespace {

// A request as a loop sees it, which lives as long as this does.
struct Asked {
  explicit Asked(const std::string& target, const std::string& fields = "")
      : bytes("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n") {
    REQUIRE(glance.read_line(bytes, limits));
    REQUIRE(glance.read_fields(bytes, limits, http::HostRules({})) == bytes.size());
  }

  const http::Limits limits;
  const std::string bytes;
  http::Glance glance;
};

Deadline soon() {
  return Deadline::after(20s);
}

}  // namespace

TEST_CASE("a first page goes out from memory to whoever asks for nobody's") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(10s));
  hot::EdgePages pages(process.feed, 2, 5);
  for (int i = 0; i < 3; ++i) process.add_post();
  const auto ask = [&](const std::string& target, const std::string& fields = "") {
    return pages.answer(Asked(target, fields).glance).ready;
  };
  CHECK_FALSE(ask("/v1/feed/hot"));  // nobody has made one

  // It is ready for a tenth of a second only, and this machine may be busy.
  auto page = process.feed.first_page(2, soon());
  const Asked plain("/v1/feed/hot");
  auto ready = pages.answer(plain.glance).ready;
  for (int i = 0; i < 100 && !ready; ++i) {
    page = process.feed.first_page(2, soon());
    ready = pages.answer(plain.glance).ready;
  }
  REQUIRE(ready);
  const auto& form = ready->form(plain.glance, false);
  CHECK(form.status == 200);
  CHECK(form.body == page->body);
  CHECK(form.head.find("ETag: " + page->etag + "\r\n") != std::string::npos);
  CHECK(form.head.find("Link: </v1/feed/hot?limit=2&cursor=" + *page->next_cursor) !=
        std::string::npos);
  const Asked known("/v1/feed/hot", "If-None-Match: " + page->etag + "\r\n");
  CHECK(ready->form(known.glance, false).status == 304);

  process.feed.first_page(2, soon());
  const auto by_limit = ask("/v1/feed/hot?limit=2");
  if (process.feed.ready(2)) CHECK(by_limit);
  auto other = ask("/feed/hot/");
  for (int i = 0; i < 100 && !other; ++i) {
    process.feed.first_page(2, soon());
    other = ask("/feed/hot/");
  }
  REQUIRE(other);
  CHECK(other->form(plain.glance, false).head.find("Link: </feed/hot/?limit=2") !=
        std::string::npos);

  for (const auto* query : {"limit=3", "limit=6", "limit=0", "limit=02", "limit=2&limit=2",
                            "limit=2&user_id=1", "user_id=1", "cursor=x", "limit=", "limit=x"}) {
    INFO(query);
    CHECK_FALSE(ask(std::string("/v1/feed/hot?") + query));
  }
  CHECK_FALSE(ask("/v1/feed/hot", "Authorization: Bearer x\r\n"));
  CHECK_FALSE(ask("/v1/feed/hot", "X-User-Id: 1\r\n"));
}

TEST_CASE("while handlers are behind the last page is shown, and said to be stale") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(10s));
  hot::EdgePages pages(process.feed, 2, 5);
  process.add_post();
  const auto page = process.feed.first_page(2, soon());
  std::this_thread::sleep_for(150ms);
  Asked late("/v1/feed/hot");
  CHECK_FALSE(pages.answer(late.glance).ready);
  late.glance.strained = true;
  const auto ready = pages.answer(late.glance).ready;
  REQUIRE(ready);
  const auto& form = ready->form(late.glance, false);
  CHECK(form.body == page->body);
  CHECK(form.head.find("X-Feed-Stale: 1\r\n") != std::string::npos);
  CHECK(form.head.find("\r\nAge: ") != std::string::npos);
  CHECK(form.head.find("ETag") == std::string::npos);
  process.feed.mark_dirty(true);  // what was deleted is not even shown as stale
  CHECK_FALSE(pages.answer(late.glance).ready);
}
