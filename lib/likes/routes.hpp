#pragma once
// The HTTP routes of likes.
#include "auth/auth.hpp"
#include "base/cursor_signer.hpp"
#include "commands/command_endpoint.hpp"
#include "http/router.hpp"
#include "likes/likes.hpp"

namespace feedctl::likes {

// All of these must outlive the router.
struct Deps {
  Likes& likes;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnCommitted on_committed = {};  // must not wait
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::likes
