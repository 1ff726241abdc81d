#pragma once
// What the administration routes have in common. Pure functions.
#include <string_view>

#include "admin/routes.hpp"

namespace feedctl::admin {

using RouteHandler = http::Response (*)(const Deps& deps, const http::Request& request);

// Adds a route for admins below /api/v1/admin/.
void add_admin_route(http::Router& router, const Deps& deps, http::Method method,
                     std::string_view path, RouteHandler handle);

}  // namespace feedctl::admin
