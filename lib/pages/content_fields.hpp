#pragma once
// Validation of what editors and fixtures write. Pure functions.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pages/content_types.hpp"

namespace feedctl::pages {

inline constexpr std::size_t max_title = 255;  // code points
inline constexpr std::size_t max_url = 2000;   // bytes
inline constexpr std::size_t max_text = 100'000;
inline constexpr std::size_t max_contents = 500;  // of one page
// Bytes of a content's members as JSON, and of all contents of a page. Nothing grows beyond them;
// two editors at once can pass the page's by what they add.
inline constexpr std::int64_t max_content_size = 1024 * 1024;
inline constexpr std::int64_t max_page_size = 4 * 1024 * 1024;

// The fault of a title ("must not be empty"), or nullopt.
std::optional<std::string> title_fault(std::string_view title);
// The fault of a member's value, which is a text. An optional one may be empty.
std::optional<std::string> value_fault(const PayloadMember& member, std::string_view value);
// The faults of a content with this many bytes, and of a page whose contents have them.
std::optional<std::string> content_size_fault(std::int64_t size);
std::optional<std::string> page_size_fault(std::int64_t size);

}  // namespace feedctl::pages
