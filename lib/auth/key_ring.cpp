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
  if (before && !before->is_contained_in(*keys)) options_.on_end();
  return keys;
}

// Under load_mutex_.
std::shared_ptr<const KeySet> KeyRing::load_first() {
  using SteadyClock = std::chrono::steady_clock;
  if (SteadyClock::now() < next_first_load_) {
    throw Error(ErrorCode::unavailable, "the signing keys cannot be read, try again")
        .with_retry_after(std::chrono::seconds{1});
  }
  try {
    return load();
  } catch (const Error&) {
    next_first_load_ = SteadyClock::now() + options_.retry_interval;
    throw;
  }
}

std::shared_ptr<const KeySet> KeyRing::cached_or_load() {
  if (auto keys = cached(); keys && !keys->empty()) return keys;
  const std::lock_guard lock(load_mutex_);
  auto keys = cached();
  return keys && !keys->empty() ? keys : load_first();
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
  if (keys) next_load_ = now + options_.reload_interval;
  keys = keys ? load() : load_first();
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
