#pragma once
// A synthetic social graph with posts and likes, determined by its shape: the same seed and end
// time give the same world on every platform.
//
// Users live in communities and follow by a power law. Each has a language and a time zone, mostly
// those of the community. A tenth of the users are active: they write all posts and give all likes,
// within the thirty days before the end and at the hours at which people of their zone are awake.
// Likes favour popular and fresh posts. A million users with ten million follows take some 150 MB.
// A plain value; generate_world() is thread-safe.
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::seed {

struct Shape {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0;
  std::uint64_t seed = 1;
  Time now;  // the latest time of the world
  std::size_t views = 0, pages = 0;
};

// Rises when a shape gives another world than before. A load that an older binary began cannot be
// continued.
inline constexpr int generator_version = 2;

inline constexpr std::size_t max_people = 50'000'000;

struct GeneratedWorld {
  struct Like {
    std::uint32_t user, post;
    Time at;
  };
  Shape shape;
  // By index: the new users, oldest first, then the known ones.
  std::vector<Id> users;
  std::vector<std::size_t> followee_offsets;  // of user i: followees[offsets[i] .. offsets[i + 1])
  std::vector<std::uint32_t> followees;
  std::vector<Id> posts;  // oldest first
  std::vector<std::uint32_t> authors;
  std::vector<Like> likes;              // oldest first
  std::vector<std::uint32_t> views;     // by post; empty if the world has none
  std::vector<std::uint8_t> languages;  // by user: index of languages()
  std::vector<std::int8_t> zones;       // by user: hours east of UTC

  std::string handle(std::size_t user) const;
  std::string name(std::size_t user) const;
  std::string text(std::size_t post) const;
  std::vector<std::uint32_t> follower_counts() const;
};

// `known`: existing users who take part; shape.users does not count them. Error(invalid_argument)
// if no world has this shape.
GeneratedWorld generate_world(const Shape& shape, const std::vector<Id>& known = {});

}  // namespace feedctl::seed
