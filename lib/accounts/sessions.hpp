#pragma once
// Sessions: each is a sign-in on one device and a family of refresh tokens, of which one at a time
// is current. Guarantees: a refresh token works once; within ten seconds the same client gets the
// same successor again, since it may have lost the response; any later use of a replaced token ends
// the session. The end of a session revokes its access tokens on every server within a second. A
// session ends after 14 days without a refresh and after 90 days in any case; a user has at most
// 20, and the oldest ends. prune() deletes rows of ended sessions (accounts/pruning.hpp).
// Thread-safe.
//
// Errors: those of store::Database. Error(unauthenticated) for a refresh token that is not valid,
// Error(permission_denied) for one of a suspended account.
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/options.hpp"
#include "accounts/refresh_token.hpp"
#include "audit/audit.hpp"
#include "auth/auth.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"
#include "store/database.hpp"
#include "users/users.hpp"

namespace feedctl::accounts {

// The device that a request comes from, as far as it says so.
struct ClientInfo {
  std::string user_agent = {};
  std::string address = {};
};

ClientInfo client_of(const http::Request& request);

struct Tokens {
  users::User user = {};
  Secret<std::string> access_token = {};
  std::chrono::seconds expires_in{0};
  Secret<std::string> refresh_token = {};
  std::chrono::seconds refresh_expires_in{0};
  http::Scopes scopes = {};  // of the access token: those that the role allows
};

struct Session {
  std::string id;
  std::string client;  // "browser", "program" or "direct": how its tokens were handed out
  std::string user_agent;
  std::string address;
  http::Scopes scopes = {};
  Time created_at = {};
  Time last_used_at = {};
  Time expires_at = {};
};

class Sessions {
 public:
  // All of these must outlive it.
  Sessions(Options options, store::Database& database, auth::Auth& auth, users::Users& users)
      : options_(std::move(options)), database_(database), auth_(auth), users_(users) {}

  // Error(not_found) for a deleted user, Error(permission_denied) for a suspended one.
  Tokens open(Id user, const std::string& client, http::Scopes scopes, const ClientInfo& info);
  // Error(conflict) if another use of the token takes too long. The rotation comes last: any other
  // failure before it leaves the client its token.
  Tokens refresh(std::string_view refresh_token, const ClientInfo& info);

  // The user to whom refresh() would give tokens now; nullopt: it would not. Changes nothing.
  std::optional<users::User> find_user(std::string_view refresh_token);

  // Ends the session of a refresh token, also of a replaced one. Nothing happens for a session that
  // has ended already.
  void end_by_token(std::string_view refresh_token);
  // False: the user has no such session, or it has ended already.
  bool end(Id user, const std::string& session_id);
  // The same by an administrator, with an entry in the audit log.
  bool end(Id user, const std::string& session_id, const audit::Actor& by);
  // Ends all sessions of the user and revokes all access tokens, those without a session, too.
  void end_all(Id user, const std::string& reason = "logout-all");

  std::vector<Session> list(Id user);

 private:
  struct Outcome;
  struct Prepared;
  store::Result run_refresh(const store::Params& params);
  Outcome rotate(const RefreshToken& token, const RefreshToken& next, const ClientInfo& info);
  void insert(Id user, const RefreshToken& token, const std::string& client, http::Scopes scopes,
              const ClientInfo& info);
  bool end_session(const std::string& id, std::optional<Id> user, const std::string& reason,
                   const std::optional<audit::Actor>& by = {});
  Prepared prepare(Id user, http::Scopes scopes, const RefreshToken& token);
  std::optional<Prepared> prepare_refresh(const RefreshToken& token);
  Tokens to_tokens(Prepared prepared, const RefreshToken& token, Time expires_at) const;
  Time access_tokens_end() const;
  Secret<std::string> pepper();

  const Options options_;
  store::Database& database_;
  auth::Auth& auth_;
  users::Users& users_;
  std::mutex mutex_;            // guards pepper_
  Secret<std::string> pepper_;  // empty: not read yet
};

}  // namespace feedctl::accounts
