#pragma once
// One option's words into its variable. Error(usage) where they do not fit.
#include <string>
#include <vector>

#include "config/load.hpp"
#include "feedctl/frame/spec.hpp"

namespace feedctl::cli {

void bind_values(const Option& option, const std::vector<std::string>& values,
                 std::vector<config::FlagValue>& flags);

}  // namespace feedctl::cli
