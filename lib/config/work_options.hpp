#pragma once
// The configuration keys of the section work. See options.hpp.
#include <vector>

#include "config/options.hpp"

namespace feedctl::config {

// The options, and those of the section after them.
std::vector<Option> with_work_options(std::vector<Option> options);

}  // namespace feedctl::config
