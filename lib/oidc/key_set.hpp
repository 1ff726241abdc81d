#pragma once
// The keys that a provider publishes (RFC 7517, section 5). Immutable; any thread.
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "oidc/verification_key.hpp"

namespace feedctl::oidc {

class KeySet {
 public:
  // Skips keys that VerificationKey does not take; keeps at most 64. nullopt: this is no key set.
  static std::optional<KeySet> from_json(const json::Value& document);

  // The keys that may have signed a token with this kid. Without a kid: the only key, where there
  // is just one.
  std::vector<const VerificationKey*> candidates(std::string_view kid) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<VerificationKey> keys_;
};

}  // namespace feedctl::oidc
