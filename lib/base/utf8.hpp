#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace feedctl {

// The number of code points; nullopt for malformed UTF-8 (also overlong forms, surrogates and
// values above U+10FFFF).
std::optional<std::size_t> utf8_length(std::string_view bytes);

// The longest prefix of at most `max_bytes` bytes that ends between two code points.
inline std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

// The text without the byte order mark that some editors write.
inline std::string_view without_bom(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return text.substr(0, mark.size()) == mark ? text.substr(mark.size()) : text;
}

// Whether a text is not empty but invisible: only white space, control and zero-width code points.
// The bytes must be well-formed UTF-8.
bool is_blank(std::string_view text);

// Whether a text holds a code point that changes the display of text beside it: one that sets a
// direction until its end (U+202A to U+202E, U+2066 to U+2069) or ends a line (U+2028, U+2029).
// Direction marks (U+200E, U+200F, U+061C) and joiners are allowed: names need them.
bool has_layout_controls(std::string_view text);

}  // namespace feedctl
