#pragma once
// The time by a server's clock when it answered: the fields Date and Age (RFC 9110, section 6.6.1;
// RFC 9111, section 5.1), in whole seconds. Pure functions.
#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "http_client/client.hpp"

namespace feedctl::http_client {

// Date, and Age on top where a cache between has kept the answer. nullopt: no valid Date.
std::optional<Time> server_time(const Response& response);

// "Sun, 06 Nov 1994 08:49:37 GMT", the form that servers must send; nullopt: anything else.
std::optional<Time> parse_http_date(std::string_view text);

}  // namespace feedctl::http_client
