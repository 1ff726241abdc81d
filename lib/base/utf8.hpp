#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace feedctl {

// The number of code points, or nullopt where the bytes are not well-formed UTF-8 (overlong forms,
// surrogates and values above U+10FFFF are not).
std::optional<std::size_t> utf8_length(std::string_view bytes);

// True where a text is not empty but shows nothing: only white space, control, zero-width and
// other invisible code points. The bytes must be well-formed UTF-8.
bool shows_nothing(std::string_view text);

}  // namespace feedctl
