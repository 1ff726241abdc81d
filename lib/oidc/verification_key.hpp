#pragma once
// A public key of a provider (RFC 7517) that verifies signatures of its tokens, over cjose.
// Immutable; any thread.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace feedctl::oidc {

class VerificationKey {
 public:
  // RSA of 2048 to 8192 bits for RS256, P-256 for ES256. nullopt: any other key, one that is not
  // for signatures, or one that names another algorithm.
  static std::optional<VerificationKey> from_jwk(const json::Value& jwk);

  const std::string& kid() const { return kid_; }  // "": it has none
  // The only algorithm that the key is used with, whatever a token's header says.
  std::string_view algorithm() const { return algorithm_; }
  // Whether this key signed the compact JWS. The caller has checked that its header names
  // algorithm().
  bool verify(std::string_view token) const;

 private:
  VerificationKey() = default;

  std::shared_ptr<void> key_;
  std::string kid_;
  std::string_view algorithm_;
};

}  // namespace feedctl::oidc
