#pragma once
// What our access tokens look like, and what a token must look like to be looked at further
// (RFC 8725, RFC 9068). No I/O; pure functions. Every refusal is Error(unauthenticated) whose
// detail says why, for the log only.
#include <chrono>
#include <string>
#include <string_view>

#include "auth/auth.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace feedctl::auth {

inline constexpr const char* token_type = "at+jwt";
inline constexpr const char* audience = "feedctl";
inline constexpr std::size_t max_token_size = 8 * 1024;
inline constexpr std::chrono::seconds clock_leeway{60};  // for iat and nbf: others' clocks

Error bad_token(std::string why);
bool valid_kid(std::string_view kid);

struct Token {
  std::string kid;
  std::string payload;
};
// Form and header; the signature is only checked for its shape.
Token read_token(std::string_view token);

struct Rules {
  std::string issuer;
  std::chrono::seconds max_ttl;
  Time now;
};
// A payload whose signature is good.
Claims check_claims(std::string_view payload, const Rules& rules);

struct NewToken {
  std::string issuer;
  Id user_id;
  std::string role;
  Time issued_at;
  std::chrono::seconds ttl;
};
std::string claims_json(const NewToken& token);

}  // namespace feedctl::auth
