#pragma once
// Absolute URLs of this server, as the client addresses it. Pure functions.
#include <string>

#include "http/message.hpp"

namespace feedctl::http {

// "https://example.org:8443", in normal form. "" for a request without Host (HTTP/1.0): what
// follows it is then a path, which clients resolve.
std::string origin_of(const Request& request);

}  // namespace feedctl::http
