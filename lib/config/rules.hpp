#pragma once
// The further rules that the option table names in `check`.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::config {

// What is wrong with `text` under the rule, without repeating a secret; nullopt where nothing is.
std::optional<std::string> broken_rule(std::string_view rule, std::string_view text);

}  // namespace feedctl::config
