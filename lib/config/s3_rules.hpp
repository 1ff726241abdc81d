#pragma once
// The rules of option values that begin with "s3 ". Pure functions; any thread.
#include <optional>
#include <string>
#include <string_view>

namespace feedctl::config {

// See validate() in validators.hpp.
std::optional<std::string> validate_s3(std::string_view rule, std::string_view text);

}  // namespace feedctl::config
