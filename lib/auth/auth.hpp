#pragma once
// Who acts, and who may. Tokens are JWTs signed with ES256 by this installation's own key (kept in
// server_keys, made by `migrate up`); `auth.mode` decides whether a request may also name its actor
// itself (REQUIREMENTS, "Who acts"; docs/auth.md). Thread-safe.
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
  std::function<Time()> clock = now;          // of the tokens' times
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

  // The Authenticator of the HTTP server. A bearer token that is sent is always verified (a bad
  // one: 401). Policy user without token: 401 in mode `required`, let through in mode `open`.
  // Policy admin: a token of a user who is an admin in the database now, in every mode; else 401 /
  // 403. Elsewhere, too, identity.admin is what the database says now; on public routes it is
  // false.
  void authenticate(http::Request& request, http::Policy policy);

  // The acting user. `named`: the user_id / author_id of body or query, see named_actor(). Token
  // wins; a `named` that differs from it is 403 unless the token is an admin's, who may act for
  // others. Mode `open` without token: `named`, else X-User-Id. nullopt: nobody.
  std::optional<Id> actor(const http::Request& request, std::optional<Id> named) const;
  // The same by the two fields as they were sent, where the request names nobody else and memory
  // alone can say; nullopt: ask the others.
  std::optional<Id> remembered(std::optional<std::string_view> authorization,
                               std::optional<std::string_view> user_id) const;
  // The same, but nobody is 400 "user_id is required".
  Id require_actor(const http::Request& request, std::optional<Id> named) const;
  // For routes whose path says whose thing it is (PATCH /v1/users/{id}, likes/{user_id}/): passes
  // where the actor, who is returned, is that user or a signed-in admin, else 403. Mode `open`
  // where nobody is named: the path's user acts.
  Id require_self(const http::Request& request, Id path_user, std::optional<Id> named) const;

  // Error(invalid_argument) for a ttl that no token may have.
  void check_ttl(std::chrono::seconds ttl) const;
  // A token with the role that the user has now. Error(not_found) for no living user.
  std::string issue(Id user_id, std::chrono::seconds ttl);
  // Error(unauthenticated) for anything but a good token of ours; reads no database.
  Claims verify(const std::string& token);

  Mode mode() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The user_id or author_id that the body, else the query, names. Error(invalid_argument) for no id.
std::optional<Id> named_actor(const http::Request& request, const http::Body* body = nullptr);

// Makes the signing key unless there is one; called by `migrate up` with the owner's connection.
void ensure_signing_key(store::Database& owner);

}  // namespace feedctl::auth
