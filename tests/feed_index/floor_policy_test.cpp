#include "feed_index/floor_policy.hpp"

#include <chrono>

#include "reference_index.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::feed_index;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_posts = 1000;
const Time today = *parse_rfc3339("2026-06-01T12:00:00Z");

Id post_of(Time at, int sequence = 0) {
  return make_id(at, 1, sequence);
}

// An index that holds posts from its floor on, and the policy that raises the floor.
struct FloorPolicyFixture {
  FeedIndex index;
  FloorPolicy bounds{24h * 30, max_posts};
  int raises = 0;

  explicit FloorPolicyFixture(Time began = today) { begin(began); }
  void begin(Time now, bool nothing_below = true) {
    const Id oldest = bounds.min_id_by_age(now);
    bounds.on_load(oldest, oldest);
    index.finish_index_load(oldest, nothing_below);
    index.publish(tests::at(5));
  }
  void maintain_floor(Time now) {
    const auto floor = bounds.next_floor(index, now);
    if (!floor) return;
    ++raises;
    index.raise_floor(*floor);
    index.publish(tests::at(6));
  }
};

}  // namespace

TEST_CASE("above the capacity the floor rises once for every tenth of the posts") {
  FloorPolicyFixture kept;
  auto at = today;
  for (std::size_t i = 0; i < max_posts; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.maintain_floor(at);
  CHECK(kept.raises == 0);
  for (std::size_t i = 0; i < max_posts; ++i) {
    kept.index.add(post_of(at += 1ms), 2);
    kept.maintain_floor(at);
    REQUIRE(kept.index.post_count() <= max_posts);
    REQUIRE(kept.index.post_count() >= max_posts * 9 / 10);
  }
  CHECK(kept.raises == 10);
}

TEST_CASE("short feeds stay in memory between two raises of the floor, though new posts come") {
  FloorPolicyFixture kept;
  auto at = today;
  for (std::size_t i = 0; i < max_posts + 1; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.maintain_floor(at);
  REQUIRE(kept.index.install_follows(kept.index.begin_follows_load(1), {{3}, {{10, 3}}, true}));
  Page page;
  for (std::size_t i = 0; i < max_posts / 20; ++i) {
    kept.index.add(post_of(at += 1ms), 2);
    kept.maintain_floor(at);
    kept.index.publish(tests::at(7));
    kept.index.read(1, post_of(at + 1h), 10, page);
    REQUIRE(page.result == Page::Result::complete);
    REQUIRE(tests::ids_of(page) == std::vector<Id>{10});
  }
}

TEST_CASE("posts that came before older ones do not lift the floor above those") {
  FeedIndex index;
  for (int i = 0; i < 100; ++i) index.add(post_of(today, i), 2);  // the log, while slices are read
  for (int i = 0; i < 1000; ++i) index.add(post_of(today - 1000s + i * 1s), 3);
  index.finish_index_load(0, false);
  CHECK(index.nth_newest(10) == post_of(today, 89));
  CHECK(index.nth_newest(900) == post_of(today - 801s));
  CHECK(index.nth_newest(2000) == 0);
  CHECK(index.oldest_post() == post_of(today - 1000s));
  CHECK(index.newest_post() == post_of(today, 99));
  index.raise_floor(index.nth_newest(900));
  CHECK(index.post_count() == 901);
  CHECK(index.oldest_post() == post_of(today - 801s));
}

TEST_CASE("among very many posts the boundary of a fraction is estimated well enough") {
  FeedIndex index;
  constexpr int many = 300'000;
  for (int i = 0; i < many; ++i) index.add(1 + (i * 7919LL) % many, 1 + i % 500);
  index.finish_index_load(0, false);
  const auto about = index.nth_newest(many * 9 / 10);
  CHECK(about > many / 10 - many / 100);
  CHECK(about < many / 10 + many / 100);
}

TEST_CASE("posts expire by age in steps of an hour, and without expiry the floor stays") {
  FloorPolicyFixture kept;
  kept.index.add(post_of(today - 24h), 2);
  kept.index.add(post_of(today), 2);
  for (auto at = today; at < today + 24h * 29; at += 1h) kept.maintain_floor(at);
  CHECK(kept.raises == 0);
  CHECK(kept.index.holds_all_posts());
  kept.index.add(post_of(today + 24h * 29 + 30min), 2);
  kept.maintain_floor(today + 24h * 29 + 30min);
  CHECK(kept.raises == 0);
  kept.index.add(post_of(today + 24h * 29 + 1h), 2);
  kept.maintain_floor(today + 24h * 29 + 1h);
  CHECK(kept.raises == 1);
  CHECK(kept.index.oldest_post() == post_of(today));
}

TEST_CASE("a clock that is ahead for a while expires no post") {
  FloorPolicyFixture kept;
  kept.index.add(post_of(today - 24h * 5), 2);
  kept.index.add(post_of(today), 2);
  kept.maintain_floor(today + 24h * 4000);
  CHECK(kept.raises == 0);
  CHECK(kept.index.post_count() == 2);
  kept.maintain_floor(today + 1s);
  CHECK_FALSE(kept.bounds.is_too_high(today + 1s));
  CHECK(kept.index.holds_all_posts());
}

TEST_CASE("a floor set by a clock that was ahead is too high once the clock is corrected") {
  FloorPolicyFixture kept(today + 24h * 400);
  CHECK_FALSE(kept.bounds.is_too_high(today + 24h * 400));
  CHECK_FALSE(kept.bounds.is_too_high(today + 24h * 400 - 30min));
  CHECK(kept.bounds.is_too_high(today));
  kept.bounds.on_load(kept.bounds.min_id_by_age(today), kept.bounds.min_id_by_age(today));
  CHECK_FALSE(kept.bounds.is_too_high(today));
}

TEST_CASE("a floor set by the number of posts does not count as too high") {
  FloorPolicy bounds(24h * 30, max_posts);
  bounds.on_load(bounds.min_id_by_age(today), post_of(today - 1h));
  CHECK_FALSE(bounds.is_too_high(today));
  FloorPolicyFixture kept;
  auto at = today;
  for (std::size_t i = 0; i < max_posts + 1; ++i) kept.index.add(post_of(at += 1ms), 2);
  kept.maintain_floor(at);
  CHECK(kept.raises == 1);
  CHECK_FALSE(kept.bounds.is_too_high(at));
}
