#pragma once
// Authentication and authorization (docs/auth.md). Tokens are JWTs signed with ES256 by this
// installation's key, which `migrate up` makes and server_keys holds. `auth.mode` decides whether a
// request without token may name its actor itself. Thread-safe.
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

enum class Mode { open, required };

struct Options {
  Mode mode = Mode::required;
  std::string issuer = "feedctl";
  std::chrono::seconds token_ttl{600};
  std::chrono::seconds max_token_ttl{86400};  // bounds `users token --ttl` too
  std::function<Time()> clock = now;          // for the tokens' times
};

struct Claims {
  Id user_id;
  bool admin;
  Time expires_at;
};

class Auth {
 public:
  Auth(Options options, store::Database& database);
  ~Auth();

  // The Authenticator of the HTTP server. Always verifies a bearer token (401 for a bad one).
  // Policy user without token: 401 in mode `required`, allowed in mode `open`. Policy admin needs,
  // in every mode, the token of a user who is an admin in the database now; else 401 or 403.
  // identity.is_admin is the database's current answer; on public routes it is false.
  void authenticate(http::Request& request, http::Policy policy);

  // The acting user. `requested_actor`: see actor_in_request(). The token wins: another
  // `requested_actor` is 403, unless the token is an admin's. Mode `open` without token:
  // `requested_actor`, else X-User-Id. nullopt: nobody.
  std::optional<Id> actor(const http::Request& request, std::optional<Id> requested_actor) const;
  // The same from the two header fields, by the token cache alone, for a request that names no
  // other actor. nullopt: unknown here, call actor().
  std::optional<Id> cached_actor(std::optional<std::string_view> authorization,
                                 std::optional<std::string_view> user_id) const;
  // The same, but nobody is 400 "user_id is required".
  Id require_actor(const http::Request& request, std::optional<Id> requested_actor) const;
  // For routes whose path names the owner (PATCH /v1/users/{id}, likes/{user_id}/). Returns the
  // actor if it is that user or a signed-in admin, else 403. Mode `open` without an actor: the
  // path's user acts.
  Id require_owner_or_admin(const http::Request& request, Id path_user,
                            std::optional<Id> requested_actor) const;

  // Error(invalid_argument) for a ttl out of bounds.
  void check_ttl(std::chrono::seconds ttl) const;
  // A token with the user's current role. Error(not_found) for a deleted or unknown user.
  std::string issue(Id user_id, std::chrono::seconds ttl);
  // Error(unauthenticated) for a bad token. Reads the database only for an unknown key.
  Claims verify(const std::string& token);

  Mode mode() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Makes the signing key if there is none. `migrate up` calls it with the owner's connection.
void ensure_signing_key(store::Database& owner);

}  // namespace feedctl::auth
