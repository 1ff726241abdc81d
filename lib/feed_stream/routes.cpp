#include "feed_stream/routes.hpp"

#include "auth/credentials.hpp"
#include "base/error.hpp"

namespace feedctl::feed_stream {

namespace {

std::function<bool()> revocation_check(const auth::Auth& auth, const http::Request& request) {
  if (!request.identity) return {};
  return [&auth, identity = *request.identity] { return auth.is_revoked(identity); };
}

http::Response open_stream(SseHub* hub, const auth::Auth& auth, const http::Request& request) {
  const auto user = auth.require_actor(request, auth::actor_in_request(request));
  if (hub == nullptr)
    throw Error(ErrorCode::unavailable, "this server has no feed index: feed.index is off");
  if (request.has_body) throw Error(ErrorCode::invalid_argument, "a stream takes no body");
  const auto* last = request.header("last-event-id");
  return hub->open(user, last != nullptr ? last : request.query_param("last_event_id"),
                   revocation_check(auth, request));
}

}  // namespace

void add_stream_route(http::Router& router, SseHub* hub, auth::Auth& auth) {
  router.add({.method = http::Method::get,
              .pattern = "/v1/feed/stream",
              .aliases = {"/feed/stream"},
              .policy = http::Policy::user,
              .handler = [hub, &auth](const http::Request& request) {
                return open_stream(hub, auth, request);
              }});
}

}  // namespace feedctl::feed_stream
