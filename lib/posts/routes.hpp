#pragma once
#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "commands/answer.hpp"
#include "http/router.hpp"
#include "posts/posts.hpp"

namespace feedctl::posts {

// What the routes use; all of it must outlive the router.
struct Deps {
  Posts& posts;
  store::Database& database;
  auth::Auth& auth;
  const CursorSigner& cursors;
  commands::OnDone on_done = {};
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::posts
