#pragma once
// Format and claims of an id_token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7; RFC 8725),
// without the signature check. Pure functions. Every refusal is Error(invalid_argument); its detail
// tells the log why.
#include <chrono>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/time.hpp"
#include "oidc/provider.hpp"

namespace feedctl::oidc {

inline constexpr std::size_t max_id_token_size = 8 * 1024;
inline constexpr std::chrono::seconds clock_leeway{60};

struct ParsedIdToken {
  std::string algorithm;  // RS256 or ES256
  std::string kid;        // "": none
  std::string payload;
};
// Checks form and header, and the shape of the signature.
ParsedIdToken parse_id_token(std::string_view token);

struct IdTokenRules {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Time now;
};
// `payload`: of a token whose signature is verified. Returns its claims.
json::Value validate_id_token(std::string_view payload, const IdTokenRules& rules);

// Names and e-mail from the claims of an id_token or of the userinfo endpoint.
Profile to_profile(std::string issuer, const json::Value& claims);

}  // namespace feedctl::oidc
