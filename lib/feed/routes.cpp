#include "feed/routes.hpp"

#include "http/page_request.hpp"

namespace feedctl::feed {

namespace {

http::Response home(const Deps& deps, const http::Request& request) {
  const auto actor = deps.auth.require_actor(request, auth::named_actor(request));
  const http::PageRequest asked(request, deps.cursors, "feed:" + std::to_string(actor));
  const auto page = deps.feed.page(actor, asked.before(), asked.limit());
  return asked.answer("posts", page.next, [&](auto& out) { posts::append_array(out, page.posts); })
      .header("Cache-Control", "private, no-cache");
}

}  // namespace

void add_routes(http::Router& router, Deps deps) {
  router.add({http::Method::get,
              "/v1/feed",
              {"/feed"},
              http::Policy::user,
              [deps](const http::Request& request) { return home(deps, request); }});
}

}  // namespace feedctl::feed
