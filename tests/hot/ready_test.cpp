#include "hot/ready.hpp"

#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "base/json.hpp"
#include "pages.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "world.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using test::page_of;
using test::Pages;
using test::Process;
using Clock = hot::ReadyPages::Clock;

namespace {

Deadline soon() {
  return Deadline::after(20s);
}

std::vector<Id> ids_in(const hot::ReadyPtr& page) {
  std::vector<Id> ids;
  const auto body = json::parse(page->body);
  for (const auto& post : support::list_in(body, "posts"))
    ids.push_back(support::integer_in(post, "id"));
  return ids;
}

}  // namespace

TEST_CASE("a page is ready for its limit until it ends") {
  Pages pages;
  CHECK_FALSE(pages.find(50));
  pages.keep(50, "a", 60s);
  CHECK(pages.find(50)->body == "a");
  CHECK_FALSE(pages.find(10));
  pages.keep(50, "b", 0s);
  CHECK_FALSE(pages.find(50));
  CHECK(pages.last(50, 10s)->body == "b");
  CHECK_FALSE(pages.last(50, 0ms));
}

TEST_CASE("in the last third of a page's life one caller is told to renew it") {
  Pages pages;
  pages.keep(50, "a", 60s);
  CHECK_FALSE(pages.look(50).renew);
  // Longer ones where the machine was so slow that its life was over.
  for (auto life = 200ms; life < 60s; life *= 2) {
    const auto start = Clock::now();
    pages.keep(50, "a", life);
    std::this_thread::sleep_for(life * 3 / 4);
    const auto found = pages.look(50);
    const auto again = pages.look(50);
    if (!test::within(start, life)) continue;
    CHECK(found.renew);
    CHECK(found.page->body == "a");
    CHECK_FALSE(again.renew);
    CHECK(again.page->body == "a");
    break;
  }
  pages.keep(50, "b", 60s);
  CHECK_FALSE(pages.look(50).renew);
  CHECK(pages.find(50)->body == "b");
}

TEST_CASE("where the next page is late the last one is given, as stale, for as long as it may be") {
  Pages pages;
  pages.keep(50, "a", 0s);
  const auto start = Clock::now();
  CHECK(pages.look(50).renew);
  const auto next = pages.find(50);  // it is worth to wait for the next
  if (test::within(start, hot::ReadyPages::patience)) CHECK_FALSE(next);
  std::this_thread::sleep_for(hot::ReadyPages::patience + 10ms);
  const auto late = pages.look(50);
  CHECK(late.renew);
  REQUIRE(late.page);
  CHECK(late.page->stale);
  CHECK(late.page->body == "a");
  CHECK(pages.find(50) == late.page);  // not one copy a reader
  CHECK_FALSE(pages.hot::ReadyPages::find(50, 100ms).page);
  pages.keep(50, "b", 0s);
  CHECK_FALSE(pages.find(50));
}

TEST_CASE("a page is good for whoever came while it was, or before it was begun") {
  Pages pages;
  const auto start = Clock::now();
  pages.hot::ReadyPages::keep(pages.ticket(), 50, page_of("a"), start, start + 100ms);
  CHECK(pages.since(50, start - 1s));
  CHECK(pages.since(50, start));
  CHECK(pages.since(50, start + 99ms));
  CHECK_FALSE(pages.since(50, start + 100ms));
  CHECK_FALSE(pages.since(10, start));
}

TEST_CASE("what was read before something was dropped is not kept") {
  Pages pages;
  const auto ticket = pages.ticket();
  pages.keep(10, "a", 60s);
  pages.drop();
  CHECK_FALSE(pages.find(10));
  CHECK_FALSE(pages.last(10, 10s));
  pages.hot::ReadyPages::keep(ticket, 10, page_of("a"), Clock::now(), Clock::now() + 60s);
  CHECK_FALSE(pages.find(10));
  pages.keep(10, "b", 60s);
  CHECK(pages.find(10));
}

TEST_CASE("pages are kept for a few limits, and none that is very large") {
  Pages pages;
  for (int limit = 1; limit <= 17; ++limit) {
    pages.keep(limit, "x", 60s);
    std::this_thread::sleep_for(1ms);
  }
  CHECK_FALSE(pages.find(1));  // the oldest gave way
  for (int limit = 2; limit <= 17; ++limit) CHECK(pages.find(limit));
  pages.keep(2, std::string((1 << 20) + 1, 'x'), 60s);
  CHECK_FALSE(pages.find(2));
  CHECK_FALSE(pages.last(2, 10s));  // nor is the one before it taken for the last
}

TEST_CASE("a first page is ready once it was read, for a moment within the window") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(10s));
  const auto a = process.add_post(), b = process.add_post();
  CHECK_FALSE(process.feed.ready(2));
  auto page = process.feed.first_page(2, soon());
  // It is ready for a tenth of a second only, and this machine may be busy.
  bool ready = process.feed.ready(2) == page;
  for (int i = 0; i < 100 && !ready; ++i) {
    page = process.feed.first_page(2, soon());
    ready = process.feed.ready(2) == page;
  }
  CHECK(ready);
  CHECK(ids_in(page) == std::vector<Id>{b, a});
  CHECK(page->etag.size() > 10);
  CHECK_FALSE(page->next_cursor);
  CHECK(process.feed.first_page(1, soon())->next_cursor);
  CHECK_FALSE(process.feed.ready(3));
  std::this_thread::sleep_for(110ms);
  CHECK_FALSE(process.feed.ready(2));
  const auto again = process.feed.first_page(2, soon());
  CHECK(again->etag == page->etag);
  CHECK(again->body == page->body);
  process.like(1, a);
  Process elsewhere(fresh, cache::make_memory_cache(), test::window(0ms));
  CHECK(elsewhere.feed.first_page(2, soon())->etag != page->etag);
}

TEST_CASE("without a window no page is kept ready, and every like shows at once") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(0ms));
  const auto a = process.add_post(), b = process.add_post();
  CHECK(ids_in(process.feed.first_page(2, soon())) == std::vector<Id>{b, a});
  CHECK_FALSE(process.feed.ready(2));
  process.like(1, a);
  CHECK(ids_in(process.feed.first_page(2, soon())) == std::vector<Id>{a, b});
}

TEST_CASE("a deleted post stands in no ready page") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(10s));
  const auto a = process.add_post(), b = process.add_post();
  process.feed.first_page(2, soon());
  process.posts.remove(b, std::nullopt, false);
  CHECK_FALSE(process.feed.ready(2));
  CHECK(ids_in(process.feed.first_page(2, soon())) == std::vector<Id>{a});
}

TEST_CASE("a like shows in first pages within the window, however many read them") {
  support::FreshDatabase fresh;
  const int redis = test::new_redis();
  constexpr auto window = 300ms;
  Process one(fresh, test::redis_cache(redis), test::window(window));
  Process two(fresh, test::redis_cache(redis), test::window(window));
  Process* all[] = {&one, &two};
  const auto post = one.add_post();
  const auto start = Clock::now();
  std::atomic<Id> liked{0};
  std::atomic<int> late{0}, read{0}, ready{0}, failed{0};
  const auto score = [](const hot::ReadyPtr& page) {
    const auto body = json::parse(page->body);
    return support::integer_in(support::list_in(body, "posts").at(0), "score");
  };
  const auto goes_on = [&] {
    return test::within(start, 2s) || (read < 21 && test::within(start, 60s));
  };
  const auto reader = [&](Process& process) {
    while (goes_on()) {
      const Id then = liked;
      const auto until = Clock::now() + window;
      while (Clock::now() < until) {
        if (process.feed.ready(1))
          ++ready;
        else
          process.feed.first_page(1, soon());
        std::this_thread::sleep_for(1ms);
      }
      auto page = process.feed.ready(1);
      if (!page) page = process.feed.first_page(1, soon());
      if (page->stale) continue;  // a refresh took long on a busy machine, and the page says so
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
  CHECK(ready > read);
}

TEST_CASE("while the database does not answer the last first page is given, as stale") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()), test::window(100ms));
  const auto post = process.add_post();
  CHECK_FALSE(process.feed.first_page(10, soon())->stale);
  std::vector<std::shared_ptr<store::ReadTx>> taken;  // nobody else gets a connection
  for (int i = 0; i < 8; ++i) {
    taken.push_back(std::make_shared<store::ReadTx>(process.database.snapshot()));
  }
  std::this_thread::sleep_for(110ms);
  const auto stale = process.feed.first_page(10, soon());
  CHECK(stale->stale);
  CHECK(ids_in(stale) == std::vector<Id>{post});
  const auto from_memory = process.feed.ready(10);  // nobody waits any more
  REQUIRE(from_memory);
  CHECK(from_memory->stale);
  taken.clear();
  bool fresh_again = false;
  for (int i = 0; i < 1000 && !fresh_again; ++i) {
    fresh_again = !process.feed.first_page(10, soon())->stale;
    std::this_thread::sleep_for(10ms);
  }
  CHECK(fresh_again);
}

TEST_CASE("a reader with nothing to be shown waits no longer for the scores than it has time") {
  support::FreshDatabase fresh;
  Process process(fresh, test::redis_cache(test::new_redis()));
  const auto a = process.add_post(), b = process.add_post();
  process.like(1, a);
  fresh.execute(
      "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(25); RETURN new; END'; "
      "CREATE TRIGGER slowly BEFORE INSERT ON hot_scores FOR EACH ROW EXECUTE FUNCTION slowly()");
  for (const bool page : {false, true}) {
    const auto start = Clock::now();
    if (page)
      CHECK(process.feed.page(2, std::nullopt, 1, Deadline::after(1s)).posts.size() == 2);
    else
      CHECK(ids_in(process.feed.first_page(2, Deadline::after(1s))) == std::vector<Id>{b, a});
    CHECK(Clock::now() - start < 15s);
  }
}
