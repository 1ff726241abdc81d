#include "hot/page_cache.hpp"

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "cache/memory_cache.hpp"
#include "hot_feed_process.hpp"
#include "page_cache_fixture.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::HotFeedProcess;
using test::make_page;
using test::TestPageCache;
using Clock = hot::PageCache::Clock;

namespace {

Deadline eventually() {
  return Deadline::after(20s);
}

std::vector<Id> ids_in(const hot::CachedPagePtr& page) {
  std::vector<Id> ids;
  const auto body = json::parse(page->body);
  for (const auto& post : support::list_in(body, "posts"))
    ids.push_back(support::integer_in(post, "id"));
  return ids;
}

}  // namespace

TEST_CASE("a cached page is returned for its limit until it expires") {
  TestPageCache pages;
  CHECK_FALSE(pages.find(50));
  pages.keep(50, "a", 60s);
  CHECK(pages.find(50)->body == "a");
  CHECK_FALSE(pages.find(10));
  pages.keep(50, "b", 0s);
  CHECK_FALSE(pages.find(50));
  CHECK(pages.latest(50, 10s)->body == "b");
  CHECK_FALSE(pages.latest(50, 0ms));
}

TEST_CASE("in the last third of a page's life one caller is told to renew it") {
  TestPageCache pages;
  pages.keep(50, "a", 60s);
  CHECK_FALSE(pages.look(50).needs_refresh);
  // Tries again with a longer life if the page expired meanwhile.
  for (auto life = 200ms; life < 60s; life *= 2) {
    const auto start = Clock::now();
    pages.keep(50, "a", life);
    std::this_thread::sleep_for(life * 3 / 4);
    const auto found = pages.look(50);
    const auto again = pages.look(50);
    if (!test::is_within(start, life)) continue;
    CHECK(found.needs_refresh);
    CHECK(found.page->body == "a");
    CHECK_FALSE(again.needs_refresh);
    CHECK(again.page->body == "a");
    break;
  }
  pages.keep(50, "b", 60s);
  CHECK_FALSE(pages.look(50).needs_refresh);
  CHECK(pages.find(50)->body == "b");
}

TEST_CASE("when the refresh is late the last page is served as stale up to the maximum age") {
  TestPageCache pages;
  pages.keep(50, "a", 0s);
  const auto start = Clock::now();
  CHECK(pages.look(50).needs_refresh);
  const auto next = pages.find(50);  // not stale yet: a reader waits for the refresh
  if (test::is_within(start, hot::PageCache::refresh_wait)) CHECK_FALSE(next);
  std::this_thread::sleep_for(hot::PageCache::refresh_wait + 10ms);
  const auto late = pages.look(50);
  CHECK(late.needs_refresh);
  REQUIRE(late.page);
  CHECK(late.page->is_stale);
  CHECK(late.page->body == "a");
  CHECK(pages.find(50) == late.page);  // one copy for all readers
  CHECK_FALSE(pages.hot::PageCache::lookup(50, 100ms).page);
  pages.keep(50, "b", 0s);
  CHECK_FALSE(pages.find(50));
}

TEST_CASE("a page is valid for requests that arrived before it expired or before it was begun") {
  TestPageCache pages;
  const auto start = Clock::now();
  pages.hot::PageCache::store(pages.generation(), 50, make_page("a"), start, start + 100ms);
  CHECK(pages.latest_since(50, start - 1s));
  CHECK(pages.latest_since(50, start));
  CHECK(pages.latest_since(50, start + 99ms));
  CHECK_FALSE(pages.latest_since(50, start + 100ms));
  CHECK_FALSE(pages.latest_since(10, start));
}

TEST_CASE("a page read before an invalidation is not stored") {
  TestPageCache pages;
  const auto ticket = pages.generation();
  pages.keep(10, "a", 60s);
  pages.invalidate();
  CHECK_FALSE(pages.find(10));
  CHECK_FALSE(pages.latest(10, 10s));
  pages.hot::PageCache::store(ticket, 10, make_page("a"), Clock::now(), Clock::now() + 60s);
  CHECK_FALSE(pages.find(10));
  pages.keep(10, "b", 60s);
  CHECK(pages.find(10));
}

TEST_CASE("pages are cached for a few limits, and none that is very large") {
  TestPageCache pages;
  for (int limit = 1; limit <= 17; ++limit) {
    pages.keep(limit, "x", 60s);
    std::this_thread::sleep_for(1ms);
  }
  CHECK_FALSE(pages.find(1));  // the oldest was evicted
  for (int limit = 2; limit <= 17; ++limit) CHECK(pages.find(limit));
  pages.keep(2, std::string((1 << 20) + 1, 'x'), 60s);
  CHECK_FALSE(pages.find(2));
  CHECK_FALSE(pages.latest(2, 10s));  // the previous page is not the latest either
}

TEST_CASE("a first page is cached after its first read, for a moment within the window") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(10s));
  const auto a = process.add_post(), b = process.add_post();
  CHECK_FALSE(process.feed.try_get_first_page(2));
  auto page = process.feed.get_first_page(2, eventually());
  // It is ready for a tenth of a second only, and this machine may be busy.
  bool ready = process.feed.try_get_first_page(2) == page;
  for (int i = 0; i < 100 && !ready; ++i) {
    page = process.feed.get_first_page(2, eventually());
    ready = process.feed.try_get_first_page(2) == page;
  }
  CHECK(ready);
  CHECK(ids_in(page) == std::vector<Id>{b, a});
  CHECK(page->etag.size() > 10);
  CHECK_FALSE(page->next_cursor);
  CHECK(process.feed.get_first_page(1, eventually())->next_cursor);
  CHECK_FALSE(process.feed.try_get_first_page(3));
  std::this_thread::sleep_for(110ms);
  CHECK_FALSE(process.feed.try_get_first_page(2));
  const auto again = process.feed.get_first_page(2, eventually());
  CHECK(again->etag == page->etag);
  CHECK(again->body == page->body);
  process.like(1, a);
  HotFeedProcess elsewhere(fresh, cache::make_memory_cache(), test::with_window(0ms));
  CHECK(elsewhere.feed.get_first_page(2, eventually())->etag != page->etag);
}

TEST_CASE("with a window of zero no page is cached, and every like shows immediately") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(0ms));
  const auto a = process.add_post(), b = process.add_post();
  CHECK(ids_in(process.feed.get_first_page(2, eventually())) == std::vector<Id>{b, a});
  CHECK_FALSE(process.feed.try_get_first_page(2));
  process.like(1, a);
  auto page = process.feed.get_first_page(2, eventually());
  // A refresh took long on a busy machine, and the page says so.
  for (int i = 0; i < 100 && page->is_stale; ++i)
    page = process.feed.get_first_page(2, eventually());
  CHECK_FALSE(page->is_stale);
  CHECK(ids_in(page) == std::vector<Id>{a, b});
}

TEST_CASE("no cached page contains a deleted post") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(10s));
  const auto a = process.add_post(), b = process.add_post();
  process.feed.get_first_page(2, eventually());
  process.posts.remove(b, std::nullopt, false);
  CHECK_FALSE(process.feed.try_get_first_page(2));
  CHECK(ids_in(process.feed.get_first_page(2, eventually())) == std::vector<Id>{a});
}

TEST_CASE("a like shows in first pages within the window, with any number of readers") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  constexpr auto window = 300ms;
  HotFeedProcess one(fresh, test::redis_cache(redis), test::with_window(window));
  HotFeedProcess two(fresh, test::redis_cache(redis), test::with_window(window));
  HotFeedProcess* all[] = {&one, &two};
  const auto post = one.add_post();
  const auto start = Clock::now();
  std::atomic<Id> liked{0};
  std::atomic<int> late{0}, read{0}, ready{0}, failed{0};
  const auto score = [](const hot::CachedPagePtr& page) {
    const auto body = json::parse(page->body);
    return support::integer_in(support::list_in(body, "posts").at(0), "score");
  };
  const auto goes_on = [&] {
    return test::is_within(start, 2s) || (read < 21 && test::is_within(start, 60s));
  };
  const auto reader = [&](HotFeedProcess& process) {
    while (goes_on()) {
      const Id then = liked;
      const auto until = Clock::now() + window;
      while (Clock::now() < until) {
        if (process.feed.try_get_first_page(1))
          ++ready;
        else
          process.feed.get_first_page(1, eventually());
        std::this_thread::sleep_for(1ms);
      }
      auto page = process.feed.try_get_first_page(1);
      if (!page) page = process.feed.get_first_page(1, eventually());
      if (page->is_stale) continue;  // the refresh was slow, and the page is marked as stale
      late += score(page) < then;
      ++read;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      try {
        reader(*all[i % 2]);
      } catch (const std::exception&) {
        ++failed;
      }
    });
  }
  for (Id user = 1; goes_on(); ++user) {
    one.like(user, post);
    liked = user;
    std::this_thread::sleep_for(2ms);
  }
  for (auto& thread : threads) thread.join();
  CHECK(failed == 0);
  CHECK(late == 0);
  CHECK(read > 20);
  CHECK(ready > 0);
}

TEST_CASE("while the database does not answer the last first page is given, as stale") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()), test::with_window(100ms));
  const auto post = process.add_post();
  CHECK_FALSE(process.feed.get_first_page(10, eventually())->is_stale);
  std::vector<std::shared_ptr<store::ReadTx>> taken;  // no connection is left
  for (int i = 0; i < 8; ++i) {
    taken.push_back(std::make_shared<store::ReadTx>(process.database.snapshot()));
  }
  std::this_thread::sleep_for(110ms);
  const auto stale = process.feed.get_first_page(10, eventually());
  CHECK(stale->is_stale);
  CHECK(ids_in(stale) == std::vector<Id>{post});
  const auto from_memory = process.feed.try_get_first_page(10);  // without a wait
  REQUIRE(from_memory);
  CHECK(from_memory->is_stale);
  taken.clear();
  bool fresh_again = false;
  for (int i = 0; i < 1000 && !fresh_again; ++i) {
    fresh_again = !process.feed.get_first_page(10, eventually())->is_stale;
    std::this_thread::sleep_for(10ms);
  }
  CHECK(fresh_again);
}

TEST_CASE("a reader without a page to serve waits for the scores no longer than its deadline") {
  support::FreshDatabase fresh;
  HotFeedProcess process(fresh, test::redis_cache(test::new_redis()));
  const auto a = process.add_post(), b = process.add_post();
  process.like(1, a);
  fresh.execute(
      "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(25); RETURN new; END'; "
      "CREATE TRIGGER slowly BEFORE INSERT ON hot_scores FOR EACH ROW EXECUTE FUNCTION slowly()");
  for (const bool page : {false, true}) {
    const auto start = Clock::now();
    if (page)
      CHECK(process.feed.get_page(2, std::nullopt, 1, Deadline::after(1s)).posts.size() == 2);
    else
      CHECK(ids_in(process.feed.get_first_page(2, Deadline::after(1s))) == std::vector<Id>{b, a});
    CHECK(Clock::now() - start < 15s);
  }
}
