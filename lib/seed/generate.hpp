#pragma once
// A world that follows from its shape alone: the same seed and end time give the same world. People
// live in communities and follow by a power law; posts fall on the thirty days before the end, most
// by few; likes go to what is popular and fresh. Kept compactly: a million people with ten million
// follows take some 150 MB.
#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::seed {

struct Shape {
  std::size_t users = 0, posts = 0, follows = 0, likes = 0;
  std::uint64_t seed = 1;
  Time now;  // the end of the world's time
};

inline constexpr std::size_t max_people = 50'000'000;

struct Generated {
  struct Like {
    std::uint32_t user, post;
    Time at;
  };
  Shape shape;
  // By index: the new people first, oldest first, then those who were given as known.
  std::vector<Id> users;
  std::vector<std::size_t> follows_from;  // of user i: followees[follows_from[i] ..[i + 1])
  std::vector<std::uint32_t> followees;
  std::vector<Id> posts;  // oldest first
  std::vector<std::uint32_t> authors;
  std::vector<Like> likes;  // oldest first

  std::string handle(std::size_t user) const;
  std::string name(std::size_t user) const;
  std::string text(std::size_t post) const;
  std::vector<std::uint32_t> follower_counts() const;
};

// Error(invalid_argument) where no world has this shape. `known`: people who are there already and
// take part; they are not among shape.users.
Generated generate(const Shape& shape, const std::vector<Id>& known = {});

}  // namespace feedctl::seed
