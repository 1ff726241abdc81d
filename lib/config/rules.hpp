#pragma once
// The further rules that the option table names in `check`.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::config {

// What is wrong with `text` under the rule, without repeating a secret; nullopt where nothing is.
std::optional<std::string> broken_rule(std::string_view rule, std::string_view text);

// Whether no client can send what `text` names: origins and hosts beyond ASCII. No mistake, since
// it does no harm.
bool matches_nothing(std::string_view rule, std::string_view text);

}  // namespace feedctl::config
