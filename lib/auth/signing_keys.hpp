#pragma once
// Administration of the signing keys, the table signing_keys. A key is published at once, signs
// from `sign_from` until the next key does, and verifies until `verify_until`. Servers notice a
// change within Auth::refresh_interval. Thread-safe. Errors as of Database.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

// How long others may cache the published keys.
inline constexpr std::chrono::seconds jwks_max_age{300};

enum class KeyState { next, signing, verify_only, expired };
std::string_view to_string(KeyState state);

struct SigningKey {
  std::string kid;
  KeyState state;
  Time created_at;
  Time sign_from;
  std::optional<Time> verify_until;  // nullopt: no end is planned
};

// In the order in which they sign.
std::vector<SigningKey> list_signing_keys(store::Database& database);

struct KeyRotation {
  std::chrono::seconds token_ttl;      // of the configuration
  std::chrono::seconds max_token_ttl;  // of the configuration
  bool now = false;                    // the other keys are compromised: they end at once
};

struct KeyRotationReport {
  std::string kid;  // of the new key
  Time sign_from;
  std::optional<Time> others_verify_until;  // nullopt: there was no other key
  std::size_t ended;                        // keys that got this end
  std::size_t deleted;                      // keys that had ended before
};

// Makes the next key. Every verifier has it before it signs, and the tokens of the other keys stay
// valid until they expire; with `now` neither holds. Needs the owner's rights. Error(conflict) if
// there is a next key already, except with `now`.
KeyRotationReport rotate_signing_key(store::Database& owner, const KeyRotation& rotation);
KeyRotationReport rotate_signing_key(store::WriteTx& transaction, const KeyRotation& rotation);
// Whether the role of these connections has these rights.
bool can_rotate_signing_keys(store::Database& database);

}  // namespace feedctl::auth
