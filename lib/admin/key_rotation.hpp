#pragma once
// Rotation of the signing keys by an administrator, as the console and `feedctl keys rotate` do it.
// The audit log gets an entry in the same transaction. Thread-safe. Errors as of
// auth::rotate_signing_key().
#include "audit/audit.hpp"
#include "auth/signing_keys.hpp"

namespace feedctl::admin {

// `database` needs the rights on the keys: see auth::can_rotate_signing_keys().
auth::KeyRotationReport rotate_key(store::Database& database, const auth::KeyRotation& rotation,
                                   const audit::Actor& by);

}  // namespace feedctl::admin
