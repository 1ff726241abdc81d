#pragma once
// What the key of an object says about it: the inverse of media/object_keys.hpp. An image is
// FOLDER/SHA256-MEDIA.EXT, a thumbnail FOLDER/SHA256-MEDIA-WIDTH.webp. Pure functions.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace feedctl::media {

struct ObjectName {
  std::string stem;    // the key without -WIDTH and extension: the same for all objects of a media
  std::string sha256;  // of the image, as 64 hex digits
  Id media = 0;
  std::optional<std::uint32_t> width;  // of a thumbnail
};
// nullopt: not a key of this form.
std::optional<ObjectName> parse_object_key(std::string_view key);

// The upload of a quarantined object; nullopt: not a key of that form.
std::optional<Id> parse_quarantine_key(std::string_view key);

// "320,640" of the column `thumbnails`, and back. Error(internal) for any other text.
std::vector<std::uint32_t> parse_widths(std::string_view list);
std::string to_widths(const std::vector<std::uint32_t>& widths);

}  // namespace feedctl::media
