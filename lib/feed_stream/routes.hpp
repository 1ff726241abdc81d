#pragma once
// The HTTP route of event streams: GET /v1/feed/stream.
#include "auth/auth.hpp"
#include "feed_stream/sse_hub.hpp"
#include "http/router.hpp"

namespace feedctl::feed_stream {

// `hub` and `auth` must outlive the router, and `auth` the streams of the hub. Without a hub (no
// feed index) the route answers 503.
void add_stream_route(http::Router& router, SseHub* hub, auth::Auth& auth);

}  // namespace feedctl::feed_stream
