#include <algorithm>
#include <numeric>
#include <vector>

#include "base/error.hpp"
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
  for (const auto id : world.posts) REQUIRE((id >> 7 & 31) == bulk_node);
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
