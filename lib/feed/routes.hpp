#pragma once
#include "feed/home.hpp"
#include "http/router.hpp"

namespace feedctl::feed {

// `home` must outlive the router.
void add_routes(http::Router& router, Home& home);

}  // namespace feedctl::feed
