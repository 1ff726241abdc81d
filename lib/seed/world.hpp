#pragma once
// A world to load: users, follows, posts and likes from a fixture file or a graph. A plain value.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace feedctl::seed {

// Follows, posts and likes refer to users and posts by index.
struct World {
  struct User {
    std::string handle, name;
    Time at;
  };
  struct Post {
    std::size_t author;
    std::string text;
    Time at;
  };
  struct Like {
    std::size_t user, post;
    Time at;
  };
  std::vector<User> users;
  std::vector<std::pair<std::size_t, std::size_t>> follows;  // follower, followee
  std::vector<Post> posts;
  std::vector<Like> likes;
  std::size_t skipped_lines = 0;  // self-loops and duplicate edges of a graph
};

}  // namespace feedctl::seed
