#pragma once
// The route that publishes the keys: GET /.well-known/jwks.json.
#include "auth/auth.hpp"
#include "http/router.hpp"

namespace feedctl::auth {

// `auth` must outlive the router.
void add_routes(http::Router& router, Auth& auth);

}  // namespace feedctl::auth
