#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace feedctl {

// The known word closest to `typed` by Damerau-Levenshtein distance, at most a third of its length
// away; "": none.
std::string closest_match(std::string_view typed, const std::vector<std::string>& known);

}  // namespace feedctl
