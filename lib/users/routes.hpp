#pragma once
// The HTTP routes of users.
#include <chrono>
#include <functional>

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
  std::chrono::seconds max_token_ttl{86400};        // auth.max_token_ttl
  std::function<void()> on_visibility_change = {};  // an account was suspended or reinstated
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::users
