#pragma once
// Accounts: sign-in at a provider, sessions with refresh tokens, and what ends them (docs/auth.md).
// Thread-safe; errors as of its members.
#include <utility>

#include "accounts/login.hpp"
#include "accounts/options.hpp"
#include "accounts/pruning.hpp"
#include "accounts/sessions.hpp"
#include "base/json_writer.hpp"
#include "users/users.hpp"

namespace feedctl::accounts {

class Accounts {
 public:
  // All of these must outlive it.
  Accounts(const Options& options, store::Database& database, auth::Auth& auth, users::Users& users,
           const oidc::Registry& providers)
      : database_(database),
        users_(users),
        providers_(providers),
        login_(options, database, providers),
        sessions_(options, database, auth, users) {}

  Login& login() { return login_; }
  Sessions& sessions() { return sessions_; }
  users::Users& users() { return users_; }
  const oidc::Registry& providers() const { return providers_; }
  // Whether the user may still change the handle, which the server chose, once.
  bool is_handle_proposed(Id user);

 private:
  store::Database& database_;
  users::Users& users_;
  const oidc::Registry& providers_;
  Login login_;
  Sessions sessions_;
};

// Appends [{name, display_name, login_url}].
void append_providers(json::Writer& writer, const oidc::Registry& providers);

}  // namespace feedctl::accounts
