#pragma once
#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "commands/answer.hpp"
#include "http/router.hpp"
#include "users/users.hpp"

namespace feedctl::users {

struct Deps {
  Users& users;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnDone on_done = {};
};

// What is referred to must outlive the router.
void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::users
