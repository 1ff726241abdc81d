#include "pages/content_types.hpp"

#include <algorithm>
#include <array>

namespace feedctl::pages {

namespace {

using Kind = PayloadMember::Kind;

constexpr std::array video_members{PayloadMember{"file_url", Kind::url},
                                   PayloadMember{"subtitles_url", Kind::url, true}};
constexpr std::array audio_members{PayloadMember{"text", Kind::text}};

constexpr std::array types{ContentType{"video", "pages.videocontent", video_members},
                           ContentType{"audio", "pages.audiocontent", audio_members}};

const ContentType* find(std::string_view ContentType::*member, std::string_view value) {
  const auto found = std::find_if(types.begin(), types.end(),
                                  [&](const ContentType& type) { return type.*member == value; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace

std::span<const ContentType> content_types() {
  return types;
}

const ContentType* find_content_type(std::string_view name) {
  return find(&ContentType::name, name);
}

const ContentType* find_content_type_by_label(std::string_view label) {
  return find(&ContentType::label, label);
}

}  // namespace feedctl::pages
