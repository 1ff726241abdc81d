#pragma once
// Absolute http and https URLs of servers that this program calls. Stricter than RFC 3986: ASCII
// only, at most 2048 bytes, no credentials, no fragment. Pure functions; any thread.
#include <string>
#include <string_view>

#include "base/url.hpp"

namespace feedctl {

struct HttpUrl {
  bool is_https = true;
  std::string host;  // in lowercase; an IPv6 address without its brackets
  int port = 443;
  std::string path;   // at least "/"; not decoded
  std::string query;  // after the ?; "" also where there is no ?

  // "example.org", "example.org:8443", "[::1]:8080": without the scheme's own port.
  std::string authority() const;
  // "https://example.org:8443".
  std::string origin() const;
  // Path and query, as a request names them.
  std::string target() const;
  // The host is localhost, or an address in 127/8 or ::1.
  bool names_this_machine() const;
};

// Throws UrlError.
HttpUrl parse_http_url(std::string_view text);

}  // namespace feedctl
