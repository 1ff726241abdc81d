#pragma once
// The HTTP routes of the hot feed.
#include "auth/auth.hpp"
#include "hot/hot_feed.hpp"
#include "http/router.hpp"

namespace feedctl::hot {

// All of these must outlive the router.
struct Deps {
  HotFeed& feed;
  auth::Auth& auth;
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::hot
