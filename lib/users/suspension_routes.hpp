#pragma once
// POST /v1/users/{id}/suspend and /reinstate, for admins.
#include "users/routes.hpp"

namespace feedctl::users {

void add_suspension_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::users
