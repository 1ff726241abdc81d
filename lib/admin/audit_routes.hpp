#pragma once
// The administration routes of the audit log.
#include "admin/routes.hpp"

namespace feedctl::admin {

void add_audit_routes(http::Router& router, const Deps& deps);

}  // namespace feedctl::admin
