#include "admin/routes.hpp"

#include "admin/audit_routes.hpp"
#include "admin/dead_event_routes.hpp"
#include "admin/key_routes.hpp"
#include "admin/user_routes.hpp"

namespace feedctl::admin {

void add_routes(http::Router& router, const Deps& deps) {
  add_user_routes(router, deps);
  add_dead_event_routes(router, deps);
  add_key_routes(router, deps);
  add_audit_routes(router, deps);
}

}  // namespace feedctl::admin
