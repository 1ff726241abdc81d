#pragma once
#include "auth/auth.hpp"
#include "feed/home.hpp"
#include "feed/stream.hpp"
#include "http/router.hpp"

namespace feedctl::feed {

// `home` must outlive the router.
void add_routes(http::Router& router, Home& home);

// Both must outlive the router; nullptr: there is no index to follow.
void add_stream_route(http::Router& router, Streams* streams, auth::Auth& auth);

}  // namespace feedctl::feed
