#pragma once
// The administration routes of users and their sessions.
#include "admin/routes.hpp"

namespace feedctl::admin {

void add_user_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::admin
