#pragma once
// Proof key for code exchange (RFC 7636), method S256. Pure functions.
#include <string>
#include <string_view>

namespace feedctl::oidc {

// 43 characters of 256 random bits.
std::string make_code_verifier();
// base64url(SHA-256(verifier)).
std::string code_challenge(std::string_view verifier);

// 43 to 128 unreserved characters.
bool is_code_verifier(std::string_view text);
// The base64url form of 32 bytes.
bool is_code_challenge(std::string_view text);

}  // namespace feedctl::oidc
