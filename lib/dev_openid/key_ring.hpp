#pragma once
// The provider's signing keys: the newest signs, and the earlier ones stay published. Thread-safe.
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "dev_openid/signing_key.hpp"

namespace feedctl::dev_openid {

class KeyRing {
 public:
  static constexpr std::size_t max_keys = 4;  // the oldest is dropped for one more

  explicit KeyRing(KeyKind kind);

  std::string sign(std::string_view payload) const;
  std::string jwks() const;  // as RFC 7517, section 5
  // Makes a new key that signs from now on, and returns its kid. `keep_old`: tokens of the earlier
  // keys still verify.
  std::string rotate(bool keep_old);

 private:
  KeyKind kind_;
  mutable std::mutex mutex_;
  std::vector<SigningKey> keys_;  // the newest first
};

}  // namespace feedctl::dev_openid
