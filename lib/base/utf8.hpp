#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace feedctl {

// The number of code points, or nullopt where the bytes are not well-formed UTF-8 (overlong forms,
// surrogates and values above U+10FFFF are not).
std::optional<std::size_t> utf8_length(std::string_view bytes);

// Without the byte order mark that some editors put before a file.
inline std::string_view without_bom(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return text.substr(0, mark.size()) == mark ? text.substr(mark.size()) : text;
}

// True where a text is not empty but shows nothing: only white space, control, zero-width and
// other invisible code points. The bytes must be well-formed UTF-8.
bool shows_nothing(std::string_view text);

// True where a text holds a code point that may change how the text beside it is shown: one that
// sets a direction until further notice (U+202A to U+202E, U+2066 to U+2069) or ends a line
// (U+2028, U+2029). Marks of a direction (U+200E, U+200F, U+061C) and joiners do not: names need
// them.
bool moves_text_around_it(std::string_view text);

}  // namespace feedctl
