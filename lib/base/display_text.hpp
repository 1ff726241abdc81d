#pragma once
// Validation of texts that people see. Routes, commands and seeds call it. Pure functions.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

// The fault of a name, which stands on one line among other texts ("must be UTF-8"), or nullopt. An
// empty name has none.
std::optional<std::string> validate_name(std::string_view name, std::size_t max_code_points);

// The same for a text of its own, which may have several lines and any direction.
std::optional<std::string> validate_text(std::string_view text, std::size_t max_code_points);

}  // namespace feedctl
