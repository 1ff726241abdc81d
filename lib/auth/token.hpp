#pragma once
// Format and claims of access tokens (RFC 8725, RFC 9068), without the signature check. Pure
// functions. Every refusal is Error(unauthenticated); its detail tells the log why.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace feedctl::auth {

inline constexpr const char* token_type = "at+jwt";
inline constexpr const char* audience = "feedctl";
inline constexpr std::size_t max_token_size = 8 * 1024;
inline constexpr std::chrono::seconds clock_leeway{60};  // for iat and nbf: clocks differ

Error invalid_token_error(std::string why);
bool is_valid_kid(std::string_view kid);

struct ParsedToken {
  std::string kid;
  std::string payload;
};
// Checks form and header, and the shape of the signature.
ParsedToken parse_token(std::string_view token);

struct ClaimRules {
  std::string issuer;
  std::chrono::seconds max_ttl;
  Time now;
};
// `payload`: of a token whose signature is verified.
Claims validate_claims(std::string_view payload, const ClaimRules& rules);

struct NewToken {
  std::string issuer;
  Id user_id;
  std::string role;
  Scopes scopes;
  std::optional<Uuid> sid;
  std::int32_t token_version;
  Time issued_at;
  std::chrono::seconds ttl;
};
std::string to_claims_json(const NewToken& token);

}  // namespace feedctl::auth
