#pragma once
// Validation of what editors and fixtures write. Pure functions.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pages/content_types.hpp"

namespace feedctl::pages {

inline constexpr std::size_t max_title = 255;  // code points
inline constexpr std::size_t max_url = 2000;   // bytes
inline constexpr std::size_t max_text = 100'000;
inline constexpr std::size_t max_contents = 500;  // of one page

// The fault of a title ("must not be empty"), or nullopt.
std::optional<std::string> title_fault(std::string_view title);
// The fault of a member's value, which is a text. An optional one may be empty.
std::optional<std::string> value_fault(const PayloadMember& member, std::string_view value);

}  // namespace feedctl::pages
