#pragma once
// A post, as every reader gets it. A plain value.
#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "media/media.hpp"

namespace feedctl::posts {

struct Author {
  Id id;
  std::string handle;
  std::string name;
  std::optional<Id> avatar = {};  // the media that is shown
};

struct Post {
  Id id = 0;
  std::optional<Author> author;  // nullopt: written without a user
  std::string text;
  std::int64_t like_count = 0;
  std::int64_t view_count = 0;
  std::optional<bool> liked;  // by the actor, if there is one
  Time created_at;
  std::optional<media::Image> image = {};
};

}  // namespace feedctl::posts
