#pragma once
// Parses and decodes a request target (RFC 9112, 3.2) once, so that the router sees exactly the
// path that was checked. A pure function.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace feedctl::http {

struct Target {
  std::string path;  // "*" for OPTIONS *
  std::vector<std::pair<std::string, std::string>> query;
  std::string_view authority;  // of the absolute form, "" otherwise; points into the given text
};

// Throws a keep-alive Rejection(400) for an encoded slash, a backslash, "." and ".." segments,
// control characters, malformed %xx, text that is not UTF-8, and more than `max_params` query
// parameters.
Target parse_target(std::string_view text, std::size_t max_params);

}  // namespace feedctl::http
