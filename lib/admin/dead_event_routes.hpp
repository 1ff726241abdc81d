#pragma once
// The administration routes of dead events.
#include "admin/routes.hpp"

namespace feedctl::admin {

void add_dead_event_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::admin
