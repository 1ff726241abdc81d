#include "admin/admin_route.hpp"

namespace feedctl::admin {

void add_admin_route(http::Router& router, const Deps& deps, http::Method method,
                     std::string_view path, RouteHandler handle) {
  router.add(
      {.method = method,
       .pattern = "/api/v1/admin/" + std::string(path),
       .policy = http::Policy::admin,
       .handler = [deps, handle](const http::Request& request) { return handle(deps, request); }});
}

}  // namespace feedctl::admin
