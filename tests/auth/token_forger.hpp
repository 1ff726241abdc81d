#pragma once
// Tokens that lib/auth would never make, with signatures that are genuine where they should be.
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace feedctl::test {

class TokenForger {
 public:
  // A key of the installation, as signing_keys holds it.
  explicit TokenForger(const Secret<std::string>& jwk);

  const std::string& kid() const { return kid_; }
  // What lib/auth itself writes: {"alg":"ES256","typ":"at+jwt","kid":".."}.
  std::string valid_header() const;

  // header.payload.signature, all three as we please.
  std::string sign(std::string_view header, std::string_view payload) const;
  std::string sign_hs256(std::string_view header, std::string_view payload,
                         std::string_view secret) const;
  const std::string& public_jwk() const { return public_jwk_; }

 private:
  std::string private_key_;
  std::string public_jwk_;
  std::string kid_;
};

}  // namespace feedctl::test
