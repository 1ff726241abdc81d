#pragma once
// The cookie that binds a sign-in to the browser that began it (RFC 6265, prefix __Host-). Pure
// functions.
#include <chrono>
#include <optional>
#include <string>

#include "http/message.hpp"

namespace feedctl::accounts {

inline constexpr const char* login_cookie_name = "__Host-feedctl-login";

// The value of the Set-Cookie field.
std::string set_login_cookie(const std::string& value, std::chrono::seconds lifetime);
std::string clear_login_cookie();

// nullopt: the request has no such cookie.
std::optional<std::string> login_cookie(const http::Request& request);

}  // namespace feedctl::accounts
