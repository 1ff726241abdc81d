#pragma once
// The administration routes of the signing keys.
#include "admin/routes.hpp"

namespace feedctl::admin {

void add_key_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::admin
