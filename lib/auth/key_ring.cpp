#include "auth/key_ring.hpp"

#include "base/error.hpp"
#include "store/server_keys.hpp"

namespace feedctl::auth {

std::shared_ptr<const Es256Key> KeyRing::cached() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

std::shared_ptr<const Es256Key> KeyRing::load() {
  const auto jwk = store::load_key(database_, key_name);
  auto key = jwk ? std::make_shared<const Es256Key>(*jwk) : nullptr;
  const std::lock_guard lock(mutex_);
  return key_ = std::move(key);
}

std::shared_ptr<const Es256Key> KeyRing::find(const std::string& kid) {
  const auto matches = [&](const auto& key) { return key && key->kid() == kid; };
  auto key = cached();
  if (matches(key)) return key;
  const std::lock_guard lock(load_mutex_);
  key = cached();
  if (matches(key)) return key;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_load_) return nullptr;
  // A first load that fails is tried again by the next token; a reload waits for its turn.
  if (key) next_load_ = now + reload_interval_;
  key = load();
  next_load_ = now + reload_interval_;
  return matches(key) ? key : nullptr;
}

std::shared_ptr<const Es256Key> KeyRing::signing_key() {
  if (auto key = cached()) return key;
  const std::lock_guard lock(load_mutex_);
  auto key = cached();
  if (!key) key = load();
  if (!key) {
    throw Error(ErrorCode::config, "there is no signing key in the database")
        .with_hint("run feedctl migrate up");
  }
  return key;
}

}  // namespace feedctl::auth
