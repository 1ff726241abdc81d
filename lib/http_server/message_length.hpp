#pragma once
// Where a request body ends (RFC 9112, 6.3). Request smuggling attacks this decision, so anything
// ambiguous is an error. A pure function.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace feedctl::http {

struct MessageLength {
  enum class Kind { none, sized, chunked };
  Kind kind = Kind::none;
  std::size_t bytes = 0;  // of a sized body
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// From Content-Length and Transfer-Encoding; the names are in lower case. Throws a closing
// Rejection: 400 or 501.
MessageLength message_length(const Headers& headers, bool http10);

}  // namespace feedctl::http
