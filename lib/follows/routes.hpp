#pragma once
// The HTTP routes of follows.
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "follows/follows.hpp"
#include "http/router.hpp"

namespace feedctl::follows {

// All of these must outlive the router.
struct Deps {
  Follows& follows;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};  // must not wait
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::follows
