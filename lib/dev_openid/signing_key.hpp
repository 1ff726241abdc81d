#pragma once
// A key that signs ID tokens (RS256 or ES256, RFC 7518), over cjose. Immutable; any thread.
#include <memory>
#include <string>
#include <string_view>

#include "dev_openid/options.hpp"

namespace feedctl::dev_openid {

class SigningKey {
 public:
  // A new key with a random kid. Making one of 2048 bits for RS256 may take a second.
  explicit SigningKey(KeyKind kind);

  const std::string& kid() const { return kid_; }
  // A compact JWS with the header {alg, kid, typ: JWT}.
  std::string sign(std::string_view payload) const;
  // The public part as a JWK with `kid`, `alg` and `use`.
  std::string public_jwk() const;

 private:
  KeyKind kind_;
  std::string kid_;
  std::shared_ptr<void> key_;
};

}  // namespace feedctl::dev_openid
