#include "dev_openid/key_ring.hpp"

namespace feedctl::dev_openid {

KeyRing::KeyRing(KeyKind kind) : kind_(kind) {
  keys_.emplace_back(kind);
}

std::string KeyRing::sign(std::string_view payload) const {
  const std::lock_guard lock(mutex_);
  return keys_.front().sign(payload);
}

std::string KeyRing::jwks() const {
  const std::lock_guard lock(mutex_);
  std::string keys;
  for (const auto& key : keys_) keys += (keys.empty() ? "" : ",") + key.public_jwk();
  return R"({"keys":[)" + keys + "]}";
}

std::string KeyRing::rotate(bool keep_old) {
  SigningKey key(kind_);
  const std::lock_guard lock(mutex_);
  if (!keep_old) keys_.clear();
  keys_.insert(keys_.begin(), std::move(key));
  if (keys_.size() > max_keys) keys_.pop_back();
  return keys_.front().kid();
}

}  // namespace feedctl::dev_openid
