#pragma once
#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "commands/answer.hpp"
#include "follows/follows.hpp"
#include "http/router.hpp"

namespace feedctl::follows {

struct Deps {
  Follows& follows;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnDone on_done = {};
  commands::OnDone noted = {};  // see commands::Answering
};

// What is referred to must outlive the router.
void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::follows
