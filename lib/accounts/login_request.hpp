#pragma once
// Parses the query of GET /auth/login/{provider}. A pure function.
#include "accounts/login_store.hpp"
#include "http/message.hpp"

namespace feedctl::accounts {

// Error(invalid_argument) names the wrong parameter.
LoginTarget parse_login_target(const http::Request& request);

}  // namespace feedctl::accounts
