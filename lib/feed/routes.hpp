#pragma once
#include "auth/auth.hpp"
#include "base/cursor.hpp"
#include "feed/feed.hpp"
#include "http/router.hpp"

namespace feedctl::feed {

// What the routes use; all of it must outlive the router.
struct Deps {
  Feed& feed;
  auth::Auth& auth;
  const CursorSigner& cursors;
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::feed
