#include "console/console.hpp"

#include "console/page_routes.hpp"
#include "console/session_routes.hpp"

namespace feedctl::console {

void add_routes(http::Router& router, const Deps& deps) {
  add_session_routes(router,
                     {deps.accounts, std::make_shared<CsrfTokens>(deps.database), deps.public_url});
  add_dashboard_route(router, deps.dashboard);
  add_page_routes(router, {deps.image_origin, deps.public_url});
}

}  // namespace feedctl::console
