#include "auth/key_ring.hpp"

#include "base/error.hpp"
#include "sql/auth.hpp"

namespace feedctl::auth {

std::shared_ptr<const KeySet> KeyRing::cached() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

// Under load_mutex_.
std::shared_ptr<const KeySet> KeyRing::load() {
  auto keys = std::make_shared<const KeySet>(database_.read(sql::auth::signing_keys));
  const auto before = cached();
  {
    const std::lock_guard lock(mutex_);
    keys_ = keys;
  }
  if (before && !before->is_covered_by(*keys)) options_.on_withdrawal();
  return keys;
}

std::shared_ptr<const KeySet> KeyRing::cached_or_load() {
  if (auto keys = cached(); keys && !keys->empty()) return keys;
  const std::lock_guard lock(load_mutex_);
  auto keys = cached();
  return keys && !keys->empty() ? keys : load();
}

std::shared_ptr<const Es256Key> KeyRing::find(const std::string& kid) {
  auto keys = cached();
  if (keys) {
    if (auto key = keys->find(kid, options_.clock())) return key;
  }
  const std::lock_guard lock(load_mutex_);
  keys = cached();
  if (keys) {
    if (auto key = keys->find(kid, options_.clock())) return key;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now < next_load_) return nullptr;
  // A first load that fails is tried again by the next token; a reload waits for its turn.
  if (keys) next_load_ = now + options_.reload_interval;
  keys = load();
  next_load_ = now + options_.reload_interval;
  return keys->find(kid, options_.clock());
}

std::shared_ptr<const Es256Key> KeyRing::signing_key() {
  if (auto key = cached_or_load()->signing_key(options_.clock())) return key;
  throw Error(ErrorCode::config, "there is no signing key in the database")
      .with_hint("run feedctl migrate up");
}

std::string KeyRing::jwks_json() {
  return cached_or_load()->jwks_json(options_.clock());
}

void KeyRing::reload() {
  const std::lock_guard lock(load_mutex_);
  load();
}

}  // namespace feedctl::auth
