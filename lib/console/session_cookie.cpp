#include "console/session_cookie.hpp"

#include <string_view>

#include "base/text.hpp"
#include "http/header_text.hpp"

namespace feedctl::console {

namespace {

constexpr std::string_view attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";

std::string cookie_field(std::string_view value, std::chrono::seconds lifetime) {
  std::string field(session_cookie_name);
  field.append("=").append(value).append("; Max-Age=").append(std::to_string(lifetime.count()));
  return field.append(attributes);
}

}  // namespace

std::string set_session_cookie(const Secret<std::string>& refresh_token,
                               std::chrono::seconds lifetime) {
  return cookie_field(refresh_token.reveal(), lifetime);
}

std::string clear_session_cookie() {
  return cookie_field("", std::chrono::seconds{0});
}

std::optional<SessionCookie> session_cookie(const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name != "cookie") continue;
    for (std::string_view rest = value; !rest.empty();) {
      auto pair = http::trimmed(next_field(rest, ';'));
      if (next_field(pair, '=') != session_cookie_name) continue;
      if (const auto token = accounts::RefreshToken::parse(pair))
        return SessionCookie{token->text(), token->session_id()};
    }
  }
  return std::nullopt;
}

}  // namespace feedctl::console
