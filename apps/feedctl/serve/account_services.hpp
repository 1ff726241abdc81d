#pragma once
// The accounts of `serve`: the providers of the configuration, sign-ins, sessions and their routes.
// The references must outlive it. It keeps no reference to the configuration. Thread-safe.
#include "accounts/accounts.hpp"
#include "auth/auth.hpp"
#include "config/config.hpp"
#include "http/router.hpp"
#include "oidc/registry.hpp"
#include "store/database.hpp"
#include "users/users.hpp"

namespace feedctl::app {

class AccountServices {
 public:
  // Connects to nothing. Error(config) as of oidc::Registry.
  AccountServices(const config::Config& config, store::Database& database, auth::Auth& auth,
                  users::Users& users);

  // The router must not outlive this object.
  void add_routes(http::Router& router);
  accounts::Accounts& accounts() { return accounts_; }

 private:
  auth::Auth& auth_;
  const oidc::Registry providers_;
  accounts::Accounts accounts_;
};

}  // namespace feedctl::app
