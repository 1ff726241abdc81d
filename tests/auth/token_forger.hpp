#pragma once
// Tokens that lib/auth would never make, with signatures that are genuine where they should be.
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "support/json.hpp"
#include "support/signing_key.hpp"

namespace feedctl::test {

class TokenForger {
 public:
  // A key of the installation, as signing_keys holds it.
  explicit TokenForger(const Secret<std::string>& jwk) : TokenForger(json::parse(jwk.reveal())) {}

  const std::string& kid() const { return kid_; }
  // What lib/auth itself writes: {"alg":"ES256","typ":"at+jwt","kid":".."}.
  std::string valid_header() const {
    return R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid_ + "\"}";
  }

  // header.payload.signature, all three as we please.
  std::string sign(std::string_view header, std::string_view payload) const {
    return key_.sign(header, payload);
  }
  const std::string& public_jwk() const { return public_jwk_; }

 private:
  explicit TokenForger(const json::Value& jwk)
      : key_(support::SigningKey::p256(from_base64url(support::text_in(jwk, "d")).value())),
        public_jwk_(R"({"kty":"EC","crv":"P-256","x":")" + support::text_in(jwk, "x") +
                    R"(","y":")" + support::text_in(jwk, "y") + "\"}"),
        kid_(support::text_in(jwk, "kid")) {}

  support::SigningKey key_;
  std::string public_jwk_;
  std::string kid_;
};

}  // namespace feedctl::test
