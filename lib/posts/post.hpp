#pragma once
// A post, as every reader gets it. A plain value.
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::posts {

struct Author {
  Id id;
  std::string handle;
  std::string name;
};

struct Post {
  Id id = 0;
  std::optional<Author> author;  // nullopt: written without a user
  std::string text;
  std::int64_t like_count = 0;
  std::int64_t view_count = 0;
  std::optional<bool> liked;  // by the actor, if there is one
  Time created_at;
};

}  // namespace feedctl::posts
