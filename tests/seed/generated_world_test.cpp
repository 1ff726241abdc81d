#include "seed/generated_world.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/utf8.hpp"
#include "seed/daily_rhythm.hpp"
#include "seed/profiles.hpp"
#include "seed/seed_fixture.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("the same seed and end time give equal worlds, another seed another one") {
  const auto end = now();
  const support::FreshDatabase first, second, third;
  const auto load = [&](const support::FreshDatabase& fresh, std::uint64_t number) {
    const auto world = seed::generate_world(shape_of(number, end));
    return seed::load_bulk(owner_of(fresh), world, small_parts());
  };
  const auto report = load(first, 7);
  load(second, 7);
  load(third, 8);
  CHECK(report.users == users);
  CHECK(report.posts == posts);
  CHECK(report.follows == follows);
  CHECK(report.likes == likes);
  CHECK(world_of(first) == world_of(second));
  CHECK(world_of(first) != world_of(third));
  CHECK(digest(first, "follows", "follower_id") != digest(third, "follows", "follower_id"));
}

TEST_CASE("a world shifted in time is otherwise the same") {
  const auto end = now();
  const auto one = seed::generate_world(shape_of(3, end));
  const auto two = seed::generate_world(shape_of(3, end - std::chrono::hours{48}));
  CHECK(one.followees == two.followees);
  CHECK(one.authors == two.authors);
  REQUIRE(one.likes.size() == two.likes.size());
  const auto age = std::chrono::hours{48};
  const auto distance = time_of_id(one.posts[5]) - time_of_id(two.posts[5]);
  CHECK(distance - age <= std::chrono::milliseconds{1});
  CHECK(age - distance <= std::chrono::milliseconds{1});
}

TEST_CASE("ids of a generated world are in time order, of the bulk node, and times make sense") {
  const auto end = now();
  const auto world = seed::generate_world(shape_of(5, end));
  CHECK(std::is_sorted(world.users.begin(), world.users.end()));
  CHECK(std::is_sorted(world.posts.begin(), world.posts.end()));
  CHECK(std::adjacent_find(world.posts.begin(), world.posts.end()) == world.posts.end());
  for (const auto id : world.posts) REQUIRE(is_bulk_id(id));
  CHECK(time_of_id(world.posts.front()) > end - std::chrono::days{31});
  CHECK(time_of_id(world.posts.back()) <= end);
  CHECK(world.users.back() < world.posts.front());
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (const auto& like : world.likes) {
    REQUIRE(like.at > time_of_id(world.posts[like.post]));
    pairs.emplace_back(like.user, like.post);
  }
  std::sort(pairs.begin(), pairs.end());
  CHECK(std::adjacent_find(pairs.begin(), pairs.end()) == pairs.end());
}

TEST_CASE("few users have many followers, nobody follows themselves or anyone twice") {
  auto shape = shape_of(2);
  shape.users = 2000;
  shape.follows = 20000;
  const auto world = seed::generate_world(shape);
  auto counts = world.follower_counts();
  std::sort(counts.begin(), counts.end());
  CHECK(counts.back() >= 20 * std::max(counts[1000], 1U));
  const auto top = std::accumulate(counts.end() - 200, counts.end(), std::size_t{0});
  CHECK(top * 3 > shape.follows);
  for (std::uint32_t user = 0; user < shape.users; ++user) {
    std::vector<std::uint32_t> of(
        world.followees.begin() + static_cast<std::ptrdiff_t>(world.followee_offsets[user]),
        world.followees.begin() + static_cast<std::ptrdiff_t>(world.followee_offsets[user + 1]));
    REQUIRE(std::find(of.begin(), of.end(), user) == of.end());
    std::sort(of.begin(), of.end());
    REQUIRE(std::adjacent_find(of.begin(), of.end()) == of.end());
  }
}

TEST_CASE("a world of maximum density is generated, a denser one is refused") {
  const auto world = seed::generate_world({30, 10, 30 * 29, 300, 1, now()});
  CHECK(world.followees.size() == 30 * 29);
  CHECK(world.likes.size() == 300);
  CHECK_THROWS_AS(seed::generate_world({30, 10, 30 * 29 + 1, 0, 1, now()}), Error);
  CHECK_THROWS_AS(seed::generate_world({30, 10, 0, 301, 1, now()}), Error);
  CHECK_THROWS_AS(seed::generate_world({0, 1, 0, 0, 1, now()}), Error);
}

TEST_CASE("a tenth of the users of a large world is active, and most users of a small one") {
  const auto active = [](const seed::GeneratedWorld& world) {
    std::vector<bool> is_active(world.users.size());
    for (const auto author : world.authors) is_active[author] = true;
    for (const auto& like : world.likes) is_active[like.user] = true;
    return std::count(is_active.begin(), is_active.end(), true);
  };
  CHECK(active(seed::generate_world({5000, 10'000, 0, 50'000, 1, now()})) == 500);
  CHECK(active(seed::generate_world({150, 1000, 0, 5000, 1, now()})) == 150);
}

TEST_CASE("the profiles are worlds of fixed shapes") {
  const auto medium = seed::profile_shape("medium");
  REQUIRE(medium);
  CHECK(medium->users == 10'000);
  CHECK(medium->follows == 100'000);
  CHECK(medium->posts == 50'000);
  CHECK(medium->likes == 200'000);
  CHECK(medium->pages > 0);
  const auto million = seed::profile_shape("million");
  REQUIRE(million);
  CHECK(million->users == 1'000'000);
  CHECK(million->follows == 10'000'000);
  CHECK(million->posts == 1'000'000);
  CHECK(million->likes == 10'000'000);
  CHECK(million->views >= million->likes);
  CHECK_FALSE(seed::profile_shape("small"));
}

TEST_CASE("posts and likes follow the hours of the day of who writes them") {
  const auto world = seed::generate_world({2000, 20'000, 0, 40'000, 3, now()});
  std::array<std::size_t, 24> posts{}, likes{};
  const auto hour = [&](Time at, std::uint32_t user) {
    const auto local = unix_us(at + std::chrono::hours{world.zones[user]});
    return static_cast<std::size_t>(local / 3'600'000'000 % 24);
  };
  for (std::size_t i = 0; i < world.posts.size(); ++i)
    ++posts[hour(time_of_id(world.posts[i]), world.authors[i])];
  for (const auto& like : world.likes) ++likes[hour(like.at, like.user)];
  for (const auto* counts : {&posts, &likes}) {
    const auto night = (*counts)[2] + (*counts)[3] + (*counts)[4];
    const auto evening = (*counts)[19] + (*counts)[20] + (*counts)[21];
    CHECK(evening > 4 * night);
    CHECK(night > 0);
    // Smooth: no hour has twice as many as the one before it, other than in the early morning.
    for (std::size_t at = 9; at < 23; ++at) CHECK((*counts)[at] < 2 * (*counts)[at - 1]);
  }
}

TEST_CASE("the share of a day's activity is turned into a time and back") {
  const auto end = *parse_rfc3339("2026-03-01T17:23:45Z");
  const seed::DailyRhythm rhythm({{9, 0.5}, {-5, 0.5}});
  const std::chrono::days month{30};
  CHECK(rhythm.time_at(0, month, end) >= end - month);
  CHECK(rhythm.time_at(0, month, end) < end - month + std::chrono::seconds{1});
  CHECK(rhythm.time_at(1, month, end) <= end);
  CHECK(rhythm.time_at(1, month, end) > end - std::chrono::seconds{1});
  Time last = end - month;
  for (int i = 0; i <= 10'000; ++i) {
    const auto at = rhythm.time_at(i / 10'000.0, month, end);
    REQUIRE(at >= last);
    last = at;
  }
  CHECK(seed::activity_at(*parse_rfc3339("2026-03-01T11:00:00Z"), 9) == 1.0);
}

TEST_CASE("each user writes in one or two of six languages, with names in their scripts") {
  const auto world = seed::generate_world({3000, 6000, 0, 0, 3, now()});
  std::set<int> languages;
  std::map<std::uint32_t, std::set<bool>> scripts;  // of each author: whether a text is ASCII
  std::size_t shortest = 1000, longest = 0, others = 0;
  const auto is_ascii = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 128; });
  };
  for (std::size_t post = 0; post < world.posts.size(); ++post) {
    const auto text = world.text(post);
    const auto length = utf8_length(text);
    REQUIRE(length);
    REQUIRE_FALSE(is_blank(text));
    REQUIRE_FALSE(has_layout_controls(text));
    REQUIRE(text.find('%') == std::string::npos);
    shortest = std::min(shortest, *length);
    longest = std::max(longest, *length);
    others += !is_ascii(text);
    scripts[world.authors[post]].insert(is_ascii(text));
  }
  CHECK(shortest < 25);
  CHECK(longest > 200);
  CHECK(longest < 1000);
  CHECK(others > world.posts.size() / 4);
  CHECK(std::any_of(scripts.begin(), scripts.end(),
                    [](const auto& author) { return author.second.size() == 2; }));
  for (std::size_t user = 0; user < world.users.size(); ++user) {
    languages.insert(world.languages[user]);
    REQUIRE(utf8_length(world.name(user)).value_or(0) >= 3);
  }
  CHECK(languages.size() == 6);
}

TEST_CASE("views are spread over all posts, and each post has at least its likes") {
  seed::Shape shape{300, 500, 0, 4000, 3, now()};
  shape.views = 20'000;
  const auto world = seed::generate_world(shape);
  REQUIRE(world.views.size() == world.posts.size());
  CHECK(std::accumulate(world.views.begin(), world.views.end(), std::size_t{0}) == shape.views);
  std::vector<std::uint32_t> likes(world.posts.size());
  for (const auto& like : world.likes) ++likes[like.post];
  for (std::size_t post = 0; post < likes.size(); ++post) REQUIRE(world.views[post] >= likes[post]);
  shape.views = 300 * 500 * 29;  // all that there can be
  CHECK_NOTHROW(seed::generate_world(shape));
  ++shape.views;
  CHECK_THROWS_AS(seed::generate_world(shape), Error);
}
