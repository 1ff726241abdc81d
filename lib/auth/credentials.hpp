#pragma once
// What a request says about who sends it, before anything of it is believed.
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "http/message.hpp"

namespace feedctl::auth {

// The bearer token of the one Authorization header; nullopt where there is none. Another scheme, a
// second header or a token in the query: Error(unauthenticated).
std::optional<std::string> bearer_token(const http::Request& request);

// X-User-Id; given twice or no id: Error(invalid_argument).
std::optional<Id> user_header(const http::Request& request);

}  // namespace feedctl::auth
