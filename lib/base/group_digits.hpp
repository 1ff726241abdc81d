#pragma once
// Digits in groups of three, for people: "1,234,567". A pure function; any thread.
#include <cstddef>
#include <string>

namespace feedctl {

// `digits`: a number without sign, point or leading blanks.
inline std::string group_digits(std::string digits) {
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace feedctl
