#pragma once
// The cookie that binds sign-ins to the browser that began them (RFC 6265, prefix __Host-). Those
// under way at the same time, in several tabs, share its value. Pure functions.
#include <chrono>
#include <optional>
#include <string>

#include "http/message.hpp"

namespace feedctl::accounts {

inline constexpr const char* login_cookie_name = "__Host-feedctl-login";

// The value of the Set-Cookie field.
std::string set_login_cookie(const std::string& value, std::chrono::seconds lifetime);

// nullopt: the request has no such cookie, or one that this server did not make.
std::optional<std::string> login_cookie(const http::Request& request);

}  // namespace feedctl::accounts
