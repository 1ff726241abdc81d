#pragma once
// An authorization request of OpenID Connect (Core 1.0, section 3.1.2.1) with PKCE (RFC 7636).
// Plain values and pure functions.
#include <optional>
#include <string>

#include "dev_openid/form.hpp"
#include "dev_openid/options.hpp"

namespace feedctl::dev_openid {

struct AuthorizationRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
  std::string state;
  std::string nonce;
  std::string code_challenge;
  std::string login_hint;

  bool has_scope(std::string_view name) const;
};

// What the client is told by its redirect URI (RFC 6749, section 4.1.2.1).
struct AuthorizationError {
  std::string code;
  std::string description;
};

// Error(invalid_argument) where the client or its redirect URI is unknown: then nobody may be
// redirected.
AuthorizationRequest parse_authorization_request(const Form& form, const Options& options);

// What else is wrong with it, or nullopt.
std::optional<AuthorizationError> find_error(const AuthorizationRequest& request, const Form& form);

// The redirect URI with these parameters, `state` and `iss` (RFC 9207).
std::string redirect_url(const AuthorizationRequest& request, const std::string& issuer,
                         const std::vector<std::pair<std::string, std::string>>& parameters);

// The person of that username among `people`, or a new one. Error(invalid_argument) for a text that
// is no name.
Person find_or_make_person(const std::string& text, const std::vector<Person>& people);

}  // namespace feedctl::dev_openid
