#pragma once
#include "auth/auth.hpp"
#include "hot/hot.hpp"
#include "http/router.hpp"

namespace feedctl::hot {

// What the routes use; all of it must outlive the router.
struct Deps {
  Feed& feed;
  auth::Auth& auth;
};

void add_routes(http::Router& router, Deps deps);

}  // namespace feedctl::hot
