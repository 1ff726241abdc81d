#pragma once
// An ES256 key and the signatures it makes (RFC 7515, 7518), by cjose, which only jws.cpp sees.
// Immutable after construction; any thread.
#include <memory>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace feedctl::auth {

class Es256Key {
 public:
  // A new key as a JWK with its private part and its `kid`, which is made of the public part.
  static Secret<std::string> make_jwk();
  // Error(internal) where it is no P-256 key with a kid.
  explicit Es256Key(const Secret<std::string>& jwk);

  const std::string& kid() const { return kid_; }
  // A compact JWS with the header {alg: ES256, typ: at+jwt, kid}.
  std::string sign(std::string_view payload) const;
  // Only whether the signature is this key's; what the header says is for the caller to judge
  // first.
  bool verify(std::string_view token) const;

 private:
  std::shared_ptr<void> key_;
  std::string kid_;
};

}  // namespace feedctl::auth
