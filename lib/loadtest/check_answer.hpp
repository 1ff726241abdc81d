#pragma once
// What --check reads out of an answer: posts, feed pages and single headers. Pure functions; any
// thread. Error(bad_data): the body is not what the API describes.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "loadtest/request_source.hpp"

namespace feedctl::loadtest {

struct ShownPost {
  Id id = 0;
  Id author_id = 0;
  std::int64_t like_count = 0, view_count = 0;
  std::optional<bool> is_liked;  // by the actor
  std::optional<double> score;   // in the hot feed
};

struct FeedPage {
  std::vector<ShownPost> posts;
  std::optional<std::string> next_cursor;

  const ShownPost* find(Id post) const;
};

ShownPost read_post(std::string_view body);
FeedPage read_feed_page(std::string_view body);
// The ids of `user_id` in a list of likes, and its cursor.
struct LikesPage {
  std::vector<Id> users;
  std::optional<std::string> next_cursor;
};
LikesPage read_likes_page(std::string_view body);
// An integer member of an object.
std::int64_t read_integer(std::string_view body, std::string_view member);

// The value of the first header of that name, in any case; "": there is none.
std::string_view header_value(std::string_view headers, std::string_view name);

// " (request 0191..)", or "" where the answer names none: the end of a finding.
std::string request_id_note(const Answer& answer);

}  // namespace feedctl::loadtest
