#include "feed/routes.hpp"

namespace feedctl::feed {

void add_routes(http::Router& router, HomeFeed& home) {
  router.add(
      {.method = http::Method::get,
       .pattern = "/v1/feed",
       .aliases = {"/feed"},
       .policy = http::Policy::user,
       .handler = [&home](const http::Request& request) { return home.answer(request); },
       .load_class = http::LoadClass::read,
       .inline_handler =
           [&home](const http::FastRequestHead& head) { return home.try_answer_inline(head); }});
}

}  // namespace feedctl::feed
