#pragma once
// A host and port (RFC 3986, 3.2) in one normal form, so that two spellings of a name compare
// equal. Pure functions; malformed text is no error, it comes back as far as it is understood.
#include <string>
#include <string_view>

namespace feedctl::http {

// The host is in lower case, without the dot that ends a full domain name. A %xx that stands for an
// unreserved character is decoded. An address is as inet_ntop writes it: "::1" for
// "[0:0:0:0:0:0:0:1]". The port has no leading zeros; "" where none is given.
struct Authority {
  std::string host;
  std::string port;
};

// Parses "host", "host:port", "[address]:port" or a bare IPv6 address.
Authority parse_authority(std::string_view text);

// Normalizes "scheme://host:port" and drops the port that the scheme implies. Text without a scheme
// comes back unchanged.
std::string normalize_origin(std::string_view origin);

// The part of "host:port" before the colon that begins the port, unchanged.
std::string_view without_port(std::string_view authority);

}  // namespace feedctl::http
