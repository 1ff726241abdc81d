#include "accounts/login_cookie.hpp"

#include <string_view>

#include "accounts/secret_digest.hpp"
#include "base/text.hpp"
#include "http/header_text.hpp"

namespace feedctl::accounts {

namespace {

// Lax: the cookie must come along when the provider's page sends the browser back.
constexpr std::string_view attributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";

}  // namespace

std::string set_login_cookie(const std::string& value, std::chrono::seconds lifetime) {
  return std::string(login_cookie_name) + "=" + value +
         "; Max-Age=" + std::to_string(lifetime.count()) + std::string(attributes);
}

std::optional<std::string> login_cookie(const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    for (std::string_view rest = value; !rest.empty();) {
      auto pair = http::trimmed(next_field(rest, ';'));
      if (next_field(pair, '=') == login_cookie_name && is_secret(pair)) return std::string(pair);
    }
  }
  return std::nullopt;
}

}  // namespace feedctl::accounts
