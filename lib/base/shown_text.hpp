#pragma once
// What a text must be to be shown to people. Whoever takes one asks here: routes, commands, seeds.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace feedctl {

// What is wrong with a name, which is shown on one line among other texts: "must be UTF-8". Empty
// is no fault.
std::optional<std::string> fault_in_name(std::string_view name, std::size_t max_code_points);

// The same for a text that stands by itself, in lines and any direction.
std::optional<std::string> fault_in_text(std::string_view text, std::size_t max_code_points);

}  // namespace feedctl
