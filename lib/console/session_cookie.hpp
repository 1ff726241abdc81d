#pragma once
// The session cookie of the console (RFC 6265, prefix __Host-): its value is the session's current
// refresh token, which scripts cannot read. Pure functions.
#include <chrono>
#include <optional>
#include <string>

#include "accounts/accounts.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"

namespace feedctl::console {

inline constexpr const char* session_cookie_name = "__Host-feedctl-console";

// Values of the Set-Cookie field.
std::string set_session_cookie(const Secret<std::string>& refresh_token,
                               std::chrono::seconds lifetime);
std::string clear_session_cookie();

struct SessionCookie {
  Secret<std::string> refresh_token;
  std::string session_id;
};

// nullopt: the request has no such cookie, or one that is no refresh token.
std::optional<SessionCookie> session_cookie(const http::Request& request);

}  // namespace feedctl::console
