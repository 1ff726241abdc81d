#include "feed/routes.hpp"

#include "base/error.hpp"

namespace feedctl::feed {

namespace {

http::Response stream(Streams* streams, const auth::Auth& auth, const http::Request& request) {
  const auto user = auth.require_actor(request, auth::named_actor(request));
  if (streams == nullptr)
    throw Error(ErrorCode::unavailable, "this server has no feed index: feed.index is off");
  if (request.has_body) throw Error(ErrorCode::invalid_argument, "a stream takes no body");
  const auto* last = request.header("last-event-id");
  return streams->open(user, last != nullptr ? last : request.query_value("last_event_id"));
}

}  // namespace

void add_stream_route(http::Router& router, Streams* streams, auth::Auth& auth) {
  router.add(
      {http::Method::get,
       "/v1/feed/stream",
       {"/feed/stream"},
       http::Policy::user,
       [streams, &auth](const http::Request& request) { return stream(streams, auth, request); }});
}

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
