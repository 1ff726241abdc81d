#pragma once
// A post as JSON, in the one form that every endpoint sends. Plain functions, thread-safe.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "posts/post.hpp"

namespace feedctl::posts {

// The members of a post, for an open object that may get more.
void append_members(json::Writer& writer, const Post& post);
void append_json(json::Writer& writer, const Post& post);
void append_array(json::Writer& writer, std::span<const Post> posts);

// A caller may cache the fragments of author, text and time: for thousands of pages a second it
// only copies. Events say when an author or an image changes.
struct JsonFragments {
  Id id = 0;
  std::string_view author;  // of author_fragment()
  std::string_view text;    // of text_fragment(), with the image
  std::int64_t like_count = 0;
  std::int64_t view_count = 0;
  std::optional<bool> liked;
  std::string_view time;  // of time_fragment()
};
std::string author_fragment(const std::optional<Author>& author);
std::string text_fragment(std::string_view text, const std::optional<media::Image>& image);
std::string time_fragment(Time created_at);
std::string image_json(const media::Image& image);
// Of all that readers see of the image; 0 for none. Equal in every process.
std::uint64_t image_hash(const std::optional<media::Image>& image);
void append_members(std::string& out, const JsonFragments& fragments);
// An upper bound of what append_members() adds to the fragments.
inline constexpr std::size_t members_reserve_bytes = 128;

}  // namespace feedctl::posts
