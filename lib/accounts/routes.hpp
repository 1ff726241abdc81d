#pragma once
// The HTTP routes of accounts: /auth/.. (docs/auth.md).
#include "accounts/accounts.hpp"
#include "auth/auth.hpp"
#include "http/router.hpp"

namespace feedctl::accounts {

// All of these must outlive the router.
struct Deps {
  Accounts& accounts;
  auth::Auth& auth;
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::accounts
