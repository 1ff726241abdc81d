#pragma once
// The registry of content types: what pages may hold, and which members the payload of a type has.
// Constants; any thread.
#include <span>
#include <string_view>

namespace feedctl::pages {

struct PayloadMember {
  enum class Kind { url, text };

  std::string_view name;
  Kind kind = Kind::text;
  bool is_optional = false;  // may be absent or null; it is shown as null then
};

struct ContentType {
  std::string_view name;   // "video"
  std::string_view label;  // of its impressions and in fixtures: "pages.videocontent"
  std::span<const PayloadMember> members;
};

std::span<const ContentType> content_types();
// nullptr: there is no such type.
const ContentType* find_content_type(std::string_view name);
const ContentType* find_content_type_by_label(std::string_view label);

}  // namespace feedctl::pages
