#include "base/utf8.hpp"

#include <cstdint>

namespace feedctl {

namespace {

// Decodes the code point at `at` and moves past it; nullopt: malformed.
std::optional<std::uint32_t> next_code_point(std::string_view bytes, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(bytes[at++]);
  if (lead < 0x80) return lead;
  int more = 0;
  std::uint32_t value = 0, min_value = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1;
    value = lead & 0x1fU;
    min_value = 0x80;
  } else if ((lead & 0xf0) == 0xe0) {
    more = 2;
    value = lead & 0x0fU;
    min_value = 0x800;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3;
    value = lead & 0x07U;
    min_value = 0x10000;
  } else
    return std::nullopt;
  for (; more > 0; --more, ++at) {
    if (at >= bytes.size() || (static_cast<unsigned char>(bytes[at]) & 0xc0) != 0x80)
      return std::nullopt;
    value = value << 6 | (static_cast<unsigned char>(bytes[at]) & 0x3fU);
  }
  if (value < min_value || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
    return std::nullopt;
  return value;
}

bool is_invisible(std::uint32_t c) {
  return c <= 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x34f || c == 0x61c ||
         c == 0x115f || c == 0x1160 || c == 0x1680 || c == 0x17b4 || c == 0x17b5 ||
         (c >= 0x180b && c <= 0x180f) || (c >= 0x2000 && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x2800 ||
         c == 0x3000 || c == 0x3164 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0 ||
         (c >= 0xfff0 && c <= 0xfffb) || (c >= 0x1bca0 && c <= 0x1bca3) ||
         (c >= 0x1d173 && c <= 0x1d17a) || (c >= 0xe0000 && c <= 0xe0fff);
}

// Line and paragraph separators; bidirectional embeddings, overrides and isolates.
bool is_layout_control(std::uint32_t c) {
  return (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

std::optional<std::size_t> utf8_length(std::string_view bytes) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < bytes.size(); ++count) {
    if (!next_code_point(bytes, at)) return std::nullopt;
  }
  return count;
}

bool is_blank(std::string_view text) {
  if (text.empty()) return false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_code_point(text, at);
    if (!c || !is_invisible(*c)) return false;
  }
  return true;
}

bool has_layout_controls(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_code_point(text, at);
    if (c && is_layout_control(*c)) return true;
  }
  return false;
}

}  // namespace feedctl
