#pragma once
// The administration routes below /api/v1/admin/ of users, sessions, dead events, signing keys and
// the audit log (docs/administration.md).
#include <chrono>

#include "accounts/accounts.hpp"
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "http/router.hpp"
#include "store/database.hpp"
#include "users/users.hpp"

namespace feedctl::admin {

// All of these must outlive the router.
struct Deps {
  store::Database& database;
  users::Users& users;
  accounts::Accounts& accounts;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};
  std::chrono::seconds token_ttl{600};        // auth.token_ttl
  std::chrono::seconds max_token_ttl{86400};  // auth.max_token_ttl
};

void add_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::admin
