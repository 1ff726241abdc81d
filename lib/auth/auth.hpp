#pragma once
// Authentication and authorization (docs/auth.md). Tokens are JWTs signed with ES256 by the keys of
// this installation, which the table signing_keys holds. `auth.mode` decides whether a request
// without token may name its actor itself. Thread-safe.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/revocations.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "http/message.hpp"
#include "http/router.hpp"
#include "http/scopes.hpp"
#include "store/database.hpp"

namespace feedctl::auth {

using http::Scope;
using http::Scopes;

enum class Mode { open, required };

struct Options {
  Mode mode = Mode::required;
  std::string issuer = "feedctl";
  std::chrono::seconds token_ttl{600};
  std::chrono::seconds max_token_ttl{86400};  // bounds `users token --ttl` too
  std::function<Time()> clock = now;          // for the tokens' times
};

// What a valid token says.
struct Claims {
  Id user_id = 0;
  bool admin = false;  // the role at issue; neither: a user
  bool editor = false;
  Scopes scopes = {};
  std::optional<Uuid> sid = {};  // the session; nullopt: of `users token`
  std::int32_t token_version = 0;
  Time expires_at = {};
};

struct IssueRequest {
  Id user_id;
  Scopes scopes;  // without Scope::admin where the user is neither admin nor editor
  std::optional<std::string> session_id;  // a UUID
  std::chrono::seconds ttl;
};

class Auth {
 public:
  Auth(Options options, store::Database& database);
  ~Auth();

  // The Authenticator of the HTTP server. Always verifies a bearer token: 401 for a bad one, 403
  // for one without the route's scope. Policy user without token: 401 in mode `required`, allowed
  // in mode `open`. The policies editor and admin need, in every mode, the token of a user who has
  // the role in the database now; else 401 or 403. identity.is_admin is the database's current
  // answer; on public routes and without Scope::admin it is false, and so it is on other routes of
  // users that only read, while the database is away. A route that ignores Authorization is
  // called as without token.
  void authenticate(http::Request& request, const http::Route& route);
  // Verifies the bearer token of a request, for the handler of a route that ignores Authorization.
  // nullopt: it has none. Errors as of verify().
  std::optional<http::Identity> identify(const http::Request& request);

  // The acting user. `requested_actor`: see actor_in_request(). The token wins: another
  // `requested_actor` is 403, unless the token is an admin's. Mode `open` without token:
  // `requested_actor`, else X-User-Id. nullopt: nobody.
  std::optional<Id> actor(const http::Request& request, std::optional<Id> requested_actor) const;
  // The same from the two header fields, by the token cache alone, for a request that names no
  // other actor. The token must allow Scope::read. nullopt: unknown here, call actor().
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
  // A token with the user's current role and token version. Error(not_found) for a deleted or
  // unknown user; Error(invalid_argument) for no scope that the role allows.
  std::string issue(const IssueRequest& request);
  // With all scopes that the role allows, and without a session.
  std::string issue(Id user_id, std::chrono::seconds ttl);
  // Error(unauthenticated) for a bad or revoked token. Reads the database only for an unknown key,
  // and for the revocations so far if refresh() has not yet read them: Error(unavailable) if that
  // fails.
  Claims verify(const std::string& token);
  // Whether a token that was valid has been revoked since. Does not wait.
  bool is_revoked(const http::Identity& identity) const;

  // Refuses these tokens from now on.
  void apply(const Revocation& revocation);
  // Reads new revocations and changed keys from the database: one statement. A server calls it
  // every `refresh_interval`. Keeps what it has where the database does not
  // answer.
  void refresh();
  static constexpr std::chrono::milliseconds refresh_interval{250};

  // The public keys as a JWK set (RFC 7517). Reads the database only at first use.
  std::string jwks_json();

  Mode mode() const;

 private:
  Claims verify_bearer(const std::string& token);

  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Makes the first signing key if there is none. `migrate up` calls it with the owner's connection.
void ensure_signing_key(store::Database& owner);

}  // namespace feedctl::auth
