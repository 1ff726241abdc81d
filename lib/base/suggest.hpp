#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace feedctl {

// The known word nearest to what was typed (Damerau-Levenshtein, at most a third of its length
// away), or "" where none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace feedctl
