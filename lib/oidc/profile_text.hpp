#pragma once
// Texts of providers that are shown to people or become a handle. Pure functions.
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace feedctl::oidc {

// "": absent, no text, longer than 256 bytes, or with a control character.
std::string profile_text(const json::Value& object, std::string_view name);
bool has_control_character(std::string_view text);

}  // namespace feedctl::oidc
