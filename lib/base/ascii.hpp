#pragma once
// Lower case for ASCII letters, independent of the locale.
#include <string>
#include <string_view>

namespace feedctl {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string to_lower(std::string_view text) {
  std::string copy(text);
  for (char& c : copy) c = to_lower(c);
  return copy;
}

}  // namespace feedctl
