#pragma once
// The rules that the option table names in Option::rule.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::config {

// The violation of the rule by `text`, or nullopt. The message never repeats a secret.
std::optional<std::string> validate(std::string_view rule, std::string_view text);

// Whether no client can send this value: origins and hosts beyond ASCII. It is harmless, so no
// mistake.
bool can_never_match(std::string_view rule, std::string_view text);

}  // namespace feedctl::config
