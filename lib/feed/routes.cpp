#include "feed/routes.hpp"

namespace feedctl::feed {

void add_routes(http::Router& router, Home& home) {
  router.add({http::Method::get,
              "/v1/feed",
              {"/feed"},
              http::Policy::user,
              [&home](const http::Request& request) { return home.answer(request); },
              http::Load::read,
              false,
              [&home](const http::Glance& glance) { return home.from_memory(glance); }});
}

}  // namespace feedctl::feed
