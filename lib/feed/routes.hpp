#pragma once
// The HTTP route of home feeds: GET /v1/feed.
#include "feed/home_feed.hpp"
#include "http/router.hpp"

namespace feedctl::feed {

// `home` must outlive the router.
void add_routes(http::Router& router, HomeFeed& home);

}  // namespace feedctl::feed
