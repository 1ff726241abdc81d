#include "oidc/key_set.hpp"

namespace feedctl::oidc {

namespace {

constexpr std::size_t max_keys = 64;

}  // namespace

std::optional<KeySet> KeySet::from_json(const json::Value& document) {
  const auto* list = document.find("keys");
  if (list == nullptr || list->array() == nullptr) return std::nullopt;
  KeySet made;
  for (const auto& jwk : *list->array()) {
    if (made.keys_.size() == max_keys) break;
    if (auto key = VerificationKey::from_jwk(jwk)) made.keys_.push_back(std::move(*key));
  }
  return made;
}

std::vector<const VerificationKey*> KeySet::candidates(std::string_view kid) const {
  std::vector<const VerificationKey*> found;
  if (kid.empty() && keys_.size() != 1) return found;
  for (const auto& key : keys_) {
    if (kid.empty() || key.kid() == kid) found.push_back(&key);
  }
  return found;
}

}  // namespace feedctl::oidc
