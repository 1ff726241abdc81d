#include "media/object_names.hpp"

#include <algorithm>
#include <charconv>

#include "base/error.hpp"

namespace feedctl::media {

namespace {

constexpr std::size_t digest_digits = 64;

bool is_digest(std::string_view text) {
  return text.size() == digest_digits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::optional<std::uint32_t> parse_width(std::string_view text) {
  std::uint32_t width = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
  if (error != std::errc{} || end != text.data() + text.size() || width == 0) return std::nullopt;
  return width;
}

}  // namespace

std::optional<ObjectName> parse_object_key(std::string_view key) {
  const auto slash = key.rfind('/');
  const auto dot = key.rfind('.');
  if (slash == std::string_view::npos || dot == std::string_view::npos || dot < slash)
    return std::nullopt;
  const auto name = key.substr(slash + 1, dot - slash - 1);
  if (name.size() <= digest_digits || name[digest_digits] != '-') return std::nullopt;
  ObjectName out;
  out.sha256 = name.substr(0, digest_digits);
  const auto numbers = name.substr(digest_digits + 1);
  const auto dash = numbers.find('-');
  const auto media = parse_id(numbers.substr(0, dash));
  if (!is_digest(out.sha256) || !media) return std::nullopt;
  out.media = *media;
  out.stem = key.substr(0, slash + 1 + digest_digits + 1 + std::min(dash, numbers.size()));
  if (dash == std::string_view::npos) return out;
  out.width = parse_width(numbers.substr(dash + 1));
  if (!out.width || key.substr(dot) != ".webp") return std::nullopt;
  return out;
}

std::optional<Id> parse_quarantine_key(std::string_view key) {
  constexpr std::string_view folder = "quarantine/";
  if (key.substr(0, folder.size()) != folder) return std::nullopt;
  return parse_id(key.substr(folder.size()));
}

std::vector<std::uint32_t> parse_widths(std::string_view list) {
  std::vector<std::uint32_t> widths;
  for (auto rest = list; !rest.empty();) {
    const auto comma = rest.find(',');
    const auto width = parse_width(rest.substr(0, comma));
    if (!width || comma == rest.size() - 1) {
      throw Error(ErrorCode::internal, "the widths of thumbnails are malformed")
          .with_detail(std::string(list));
    }
    widths.push_back(*width);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return widths;
}

std::string to_widths(const std::vector<std::uint32_t>& widths) {
  std::string list;
  for (const auto width : widths) {
    if (!list.empty()) list += ',';
    list += std::to_string(width);
  }
  return list;
}

}  // namespace feedctl::media
