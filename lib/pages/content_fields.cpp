#include "pages/content_fields.hpp"

#include <algorithm>

#include "base/display_text.hpp"
#include "base/utf8.hpp"

namespace feedctl::pages {

namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
}

// Of the web, with a host, or a path of this host: a browser may be sent there.
bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto host = text.substr(scheme.size());
    return !host.empty() && std::string_view("/?#:@").find(host[0]) == std::string_view::npos;
  }
  return text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\");
}

std::optional<std::string> url_fault(std::string_view text) {
  if (text.size() > max_url) return "cannot exceed " + std::to_string(max_url) + " bytes";
  if (!utf8_length(text) || !std::all_of(text.begin(), text.end(), is_plain) || !is_url(text))
    return "must be an http or https URL, or a path";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> title_fault(std::string_view title) {
  if (title.empty()) return "must not be empty";
  return validate_name(title, max_title);
}

std::optional<std::string> value_fault(const PayloadMember& member, std::string_view value) {
  if (value.empty() && member.is_optional) return std::nullopt;
  if (member.kind == PayloadMember::Kind::url) return url_fault(value);
  if (value.empty()) return "must not be empty";
  return validate_text(value, max_text);
}

std::optional<std::string> content_size_fault(std::int64_t size) {
  if (size <= max_content_size) return std::nullopt;
  return "the content would have " + std::to_string(size) + " bytes; it may have " +
         std::to_string(max_content_size) + ": shorten its texts";
}

std::optional<std::string> page_size_fault(std::int64_t size) {
  if (size <= max_page_size) return std::nullopt;
  return "the contents of the page would have " + std::to_string(size) + " bytes; they may have " +
         std::to_string(max_page_size) + ": shorten their texts, or use a second page";
}

}  // namespace feedctl::pages
