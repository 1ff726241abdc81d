#pragma once
// The HTTP routes of users.
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "http/router.hpp"
#include "users/users.hpp"

namespace feedctl::users {

// All of these must outlive the router.
struct Deps {
  Users& users;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::users
