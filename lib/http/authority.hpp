#pragma once
// A host and port (RFC 3986, 3.2) in the one form of all its spellings, so that two of them can be
// compared.
#include <string>
#include <string_view>

namespace feedctl::http {

// The host is in lower case, with %xx decoded where that stands for a plain character, without the
// dot that ends a full domain name, and an address as inet_ntop writes it: "::1" for
// "[0:0:0:0:0:0:0:1]". The port has no leading zeros; "" where there is none.
struct Authority {
  std::string host;
  std::string port;
};

// Of "host", "host:port", "[address]:port" or a bare IPv6 address.
Authority parse_authority(std::string_view text);

// The same for "scheme://host:port", in which the port that the scheme implies is left out; what
// has no scheme is given back as it is.
std::string normalized_origin(std::string_view origin);

// The parts of "host:port" as they stand: what is before the colon that begins a port, and what is
// behind it.
std::string_view without_port(std::string_view authority);

}  // namespace feedctl::http
