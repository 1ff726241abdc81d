#pragma once
// Long mode of the tests: FEEDCTL_LONG=1 runs exhaustive and random cases in full. A normal run
// takes fewer steps, which still include every kind of step. Plain functions.
#include <cstdlib>
#include <string_view>

namespace feedctl::support {

inline bool long_mode() {
  const char* wish = std::getenv("FEEDCTL_LONG");
  return wish != nullptr && std::string_view(wish) == "1";
}

// A number of rounds, steps or users, or a duration.
template <typename T>
T rounds(T in_normal_mode, T in_long_mode) {
  return long_mode() ? in_long_mode : in_normal_mode;
}

}  // namespace feedctl::support
