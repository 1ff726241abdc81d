#pragma once
// An ES256 key and its signatures (RFC 7515, 7518), over cjose. Immutable; any thread.
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace feedctl::auth {

class Es256Key {
 public:
  // A new key as a JWK with its private part and its `kid`, a thumbprint of the public part.
  static Secret<std::string> make_jwk();
  // Error(internal) for anything but a P-256 key with a kid.
  explicit Es256Key(const Secret<std::string>& jwk);

  const std::string& kid() const { return kid_; }
  // The public part as a JWK.
  const std::string& public_jwk() const { return public_jwk_; }
  // A compact JWS with the header {alg: ES256, typ: at+jwt, kid}.
  std::string sign(std::string_view payload) const;
  // Whether the signature is this key's. The caller checks the header first.
  bool verify(std::string_view token) const;

 private:
  std::shared_ptr<void> key_;
  std::string kid_;
  std::string public_jwk_;
};

}  // namespace feedctl::auth
