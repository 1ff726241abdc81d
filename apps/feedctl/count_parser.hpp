#pragma once
// Counts as people write them: 500, 10k, 1M, 1.5M.
#include <cstddef>
#include <string>

namespace feedctl::cli {

// Error(usage) that names `option` where `text` is none, or more than ten billion.
std::size_t parse_count(const std::string& option, const std::string& text);

}  // namespace feedctl::cli
