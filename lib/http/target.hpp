#pragma once
// The request target: taken apart and decoded once, so that what is routed is what was checked.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::http {

struct Target {
  std::string path;  // "*" for OPTIONS *
  std::vector<std::pair<std::string, std::string>> query;
  std::string_view authority;  // of the absolute form, "" otherwise; points into the text given
};

// Throws Refusal(400, not closing): an encoded slash, a backslash, "." and ".." segments, control
// bytes, %zz, text that is not UTF-8, more than `max_params` query parameters.
Target parse_target(std::string_view text, std::size_t max_params);

}  // namespace feedctl::http
