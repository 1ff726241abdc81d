#include "index/bounds.hpp"

#include <chrono>

#include "naive.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::index;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 1000;
const Time today = *parse_rfc3339("2026-06-01T12:00:00Z");

Id post_of(Time at, int sequence = 0) {
  return make_id(at, 1, sequence);
}

// An index from the floor on, and what keeps its bounds.
struct Kept {
  Index index;
  Bounds bounds{24h * 30, most};
  int raises = 0;

  explicit Kept(Time began = today) { begin(began); }
  void begin(Time now, bool nothing_below = true) {
    const Id oldest = bounds.oldest(now);
    bounds.begin(oldest, oldest);
    index.complete(oldest, nothing_below);
    index.publish(tests::at(5));
  }
  void keep(Time now) {
    const auto floor = bounds.raised(index, now);
    if (!floor) return;
    ++raises;
    index.raise_floor(*floor);
    index.publish(tests::at(6));
  }
};

}  // namespace

TEST_CASE("while there are too many posts the floor rises once for every tenth of them") {
  Kept kept;
  auto at = today;
  for (std::size_t i = 0; i < most; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.keep(at);
  CHECK(kept.raises == 0);
  for (std::size_t i = 0; i < most; ++i) {
    kept.index.add(post_of(at += 1ms), 2);
    kept.keep(at);
    REQUIRE(kept.index.posts_kept() <= most);
    REQUIRE(kept.index.posts_kept() >= most * 9 / 10);
  }
  CHECK(kept.raises == 10);
}

TEST_CASE("short feeds stay in memory between two raises of the floor, though new posts come") {
  Kept kept;
  auto at = today;
  for (std::size_t i = 0; i < most + 1; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.keep(at);
  REQUIRE(kept.index.install(kept.index.begin_load(1), {{3}, {{10, 3}}, true}));
  Page page;
  for (std::size_t i = 0; i < most / 20; ++i) {
    kept.index.add(post_of(at += 1ms), 2);
    kept.keep(at);
    kept.index.publish(tests::at(7));
    kept.index.read(1, post_of(at + 1h), 10, page);
    REQUIRE(page.answer == Page::Answer::here);
    REQUIRE(tests::ids_of(page) == std::vector<Id>{10});
  }
}

TEST_CASE("posts that came before older ones do not lift the floor above those") {
  Index index;
  for (int i = 0; i < 100; ++i) index.add(post_of(today, i), 2);  // the log, while slices are read
  for (int i = 0; i < 1000; ++i) index.add(post_of(today - 1000s + i * 1s), 3);
  index.complete(0, false);
  CHECK(index.nth_newest(10) == post_of(today, 89));
  CHECK(index.nth_newest(900) == post_of(today - 801s));
  CHECK(index.nth_newest(2000) == 0);
  CHECK(index.oldest_post() == post_of(today - 1000s));
  CHECK(index.newest_post() == post_of(today, 99));
  index.raise_floor(index.nth_newest(900));
  CHECK(index.posts_kept() == 901);
  CHECK(index.oldest_post() == post_of(today - 801s));
}

TEST_CASE("of very many posts it is known well enough where a part of them ends") {
  Index index;
  constexpr int many = 300'000;
  for (int i = 0; i < many; ++i) index.add(1 + (i * 7919LL) % many, 1 + i % 500);
  index.complete(0, false);
  const auto about = index.nth_newest(many * 9 / 10);
  CHECK(about > many / 10 - many / 100);
  CHECK(about < many / 10 + many / 100);
}

TEST_CASE("posts leave by their age, in steps of an hour, and where none does the floor stays") {
  Kept kept;
  kept.index.add(post_of(today - 24h), 2);
  kept.index.add(post_of(today), 2);
  for (auto at = today; at < today + 24h * 29; at += 1h) kept.keep(at);
  CHECK(kept.raises == 0);
  CHECK(kept.index.nothing_below());
  kept.index.add(post_of(today + 24h * 29 + 30min), 2);
  kept.keep(today + 24h * 29 + 30min);
  CHECK(kept.raises == 0);
  kept.index.add(post_of(today + 24h * 29 + 1h), 2);
  kept.keep(today + 24h * 29 + 1h);
  CHECK(kept.raises == 1);
  CHECK(kept.index.oldest_post() == post_of(today));
}

TEST_CASE("a clock that is ahead for a while takes no post out of memory") {
  Kept kept;
  kept.index.add(post_of(today - 24h * 5), 2);
  kept.index.add(post_of(today), 2);
  kept.keep(today + 24h * 4000);
  CHECK(kept.raises == 0);
  CHECK(kept.index.posts_kept() == 2);
  kept.keep(today + 1s);
  CHECK_FALSE(kept.bounds.too_high(today + 1s));
  CHECK(kept.index.nothing_below());
}

TEST_CASE("a floor that a clock has set which was ahead is told once the clock is right") {
  Kept kept(today + 24h * 400);
  CHECK_FALSE(kept.bounds.too_high(today + 24h * 400));
  CHECK_FALSE(kept.bounds.too_high(today + 24h * 400 - 30min));
  CHECK(kept.bounds.too_high(today));
  kept.bounds.begin(kept.bounds.oldest(today), kept.bounds.oldest(today));
  CHECK_FALSE(kept.bounds.too_high(today));
}

TEST_CASE("a floor that the number of posts has set is not too high") {
  Bounds bounds(24h * 30, most);
  bounds.begin(bounds.oldest(today), post_of(today - 1h));
  CHECK_FALSE(bounds.too_high(today));
  Kept kept;
  auto at = today;
  for (std::size_t i = 0; i < most + 1; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.keep(at);
  CHECK(kept.raises == 1);
  CHECK_FALSE(kept.bounds.too_high(at));
}
