#pragma once
// The registry of content types: what pages may hold, and which members the payload of a type has.
//
// Made once from the configuration, which config::load() has checked. It never changes, so any
// thread may read it. Its owner outlives all who have a reference to it or to one of its types.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "config/config.hpp"

namespace feedctl::pages {

struct PayloadMember {
  enum class Kind { url, text };

  std::string name;
  Kind kind = Kind::text;
  bool is_optional = false;  // may be absent or null; it is shown as null then
};
std::string_view to_string(PayloadMember::Kind kind);

struct ContentType {
  std::string name;   // "video"
  std::string label;  // of its impressions, in fixtures and in values: "pages.videocontent"
  std::string title;  // for people: "Video"
  std::vector<PayloadMember> members;
  bool is_allowed = true;  // pages may get contents of this type
};

// A content as clients name it: "pages.videocontent:42".
struct ContentRef {
  std::string type;  // its name
  Id id = 0;
  // nullptr: no such type is registered. Contents of a type that was registered are still named so.
  const ContentType* registered = nullptr;
};

class ContentTypes {
 public:
  // Video and audio.
  ContentTypes() : ContentTypes(config::ContentTypesConfig{}, {}) {}
  // Pages may get types with a label of `allowed`, or all if it is empty. Unknown labels are
  // ignored.
  ContentTypes(const config::ContentTypesConfig& config, std::span<const std::string> allowed);
  ContentTypes(const ContentTypes&) = delete;
  ContentTypes& operator=(const ContentTypes&) = delete;

  std::span<const ContentType> all() const { return types_; }
  // nullptr: there is no such type.
  const ContentType* find(std::string_view name) const;
  const ContentType* find_by_label(std::string_view label) const;

  // nullopt: the text is no value of a content.
  std::optional<ContentRef> parse_value(std::string_view value) const;
  std::string value_of(std::string_view type, Id id) const;

 private:
  std::vector<ContentType> types_;
};

}  // namespace feedctl::pages
