#pragma once
// The keys of the installation that have not ended, at one moment. Immutable; any thread.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/es256_key.hpp"
#include "auth/key_period.hpp"
#include "store/result.hpp"

namespace feedctl::auth {

class KeySet {
 public:
  // From the rows of sql::auth::signing_keys. Error(internal) for a key that is none.
  explicit KeySet(const store::Result& rows);

  bool empty() const { return keys_.empty(); }
  // The key that verifies the tokens with this kid; nullptr: there is none, or it has ended.
  std::shared_ptr<const Es256Key> find(std::string_view kid, Time now) const;
  // nullptr: no key may sign.
  std::shared_ptr<const Es256Key> signing_key(Time now) const;
  // The public parts of the keys that have not ended, also of the next one: a JWK set (RFC 7517).
  std::string jwks_json(Time now) const;
  // Whether `next` has all keys of this set.
  bool is_contained_in(const KeySet& next) const;

 private:
  std::vector<KeyPeriod> periods_;
  std::vector<std::shared_ptr<const Es256Key>> keys_;  // in the same order
};

}  // namespace feedctl::auth
