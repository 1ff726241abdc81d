#pragma once
// Converts an option's values and stores them in its variable. Plain function. Error(usage) for a
// value of the wrong type or out of range.
#include <string>
#include <vector>

#include "config/load.hpp"
#include "feedctl/cli/spec.hpp"

namespace feedctl::cli {

void bind_values(const Option& option, const std::vector<std::string>& values,
                 std::vector<config::FlagValue>& flags);

}  // namespace feedctl::cli
