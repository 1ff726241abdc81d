#pragma once
// Revocations of access tokens: those of one session, or those of a user whose token version is too
// low. The table `revocations` tells every server; each reads it several times a second
// (Auth::refresh). Whoever revokes also calls Auth::apply(), so that its own server knows at once.
// Thread-safe. Errors as of Database.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

struct Revocation {
  std::optional<Uuid> session_id = {};  // the tokens of this session, or else
  Id user_id = 0;                       // this user's tokens
  std::int32_t token_version = 0;       // with a smaller version
  Time until = {};                      // the last of these tokens has expired
};

// For Auth::apply(): the tokens of a user that were issued until now have a smaller version.
// `max_token_ttl`: auth.max_token_ttl.
Revocation revocation_of_user(Id user_id, std::int32_t token_version,
                              std::chrono::seconds max_token_ttl);

// Revokes the access tokens of a session. `until`: when the last of them expires, by any clock.
// Error(invalid_argument) for a session_id that is no UUID.
Revocation revoke_session(store::Database& database, std::string_view session_id, Time until);
Revocation revoke_session(store::WriteTx& transaction, std::string_view session_id, Time until);

// Revokes all access tokens of a user that were issued until now: increments users.token_version.
// Returns the new version; tokens with this one are valid. `max_token_ttl`: auth.max_token_ttl.
// Error(not_found) for an unknown user. A deleted user's tokens are revoked, too.
std::int32_t revoke_tokens_of(store::Database& database, Id user_id,
                              std::chrono::seconds max_token_ttl);
std::int32_t revoke_tokens_of(store::WriteTx& transaction, Id user_id,
                              std::chrono::seconds max_token_ttl);

// Deletes the rows that ended before `now`, in batches. Returns how many.
std::size_t prune_revocations(store::Database& database, Time now);

}  // namespace feedctl::auth
