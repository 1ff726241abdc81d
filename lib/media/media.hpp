#pragma once
// Media: the images of posts and the avatars of users. The blob store has the bytes, the table
// `media` a row for each that was stored. Plain values and functions, thread-safe.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/json_writer.hpp"

namespace feedctl::media {

enum class Kind : std::int16_t { post_image = 1, avatar = 2 };
std::string_view to_string(Kind kind);  // "post_image", "avatar"
// processing: the image can be shown, thumbnails and blurhash follow. failed: they could not be
// made; the image can be shown.
enum class State : std::int16_t { processing = 1, ready = 2, failed = 3 };
std::string_view to_string(State state);

// What posts show of their image.
struct Image {
  Id id = 0;
  State state = State::processing;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint32_t> thumbnails;  // widths, ascending
  std::string blurhash;                   // "" before state ready
};
// Reads media.summary: "ID STATE WIDTH HEIGHT THUMBNAILS BLURHASH", "-" for what is empty.
Image parse_summary(std::string_view summary);

// "/v1/media/ID", and "/v1/media/ID/WIDTH" of a thumbnail.
std::string link_of(Id media);
std::string link_of(Id media, std::uint32_t width);

// {"id","state","url","width","height","blurhash","thumbnails":[{"width","height","url"}]}
void append_json(json::Writer& writer, const Image& image);
// The member `key`: the link to the avatar, or null.
void append_avatar(json::Writer& writer, std::string_view key, std::optional<Id> avatar);

}  // namespace feedctl::media
