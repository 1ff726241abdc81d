#pragma once
#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "commands/answer.hpp"
#include "http/router.hpp"
#include "likes/likes.hpp"

namespace feedctl::likes {

// What the routes use; all of it must outlive the router.
struct Deps {
  Likes& likes;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnDone on_done = {};
  commands::OnDone noted = {};  // see commands::Answering
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::likes
