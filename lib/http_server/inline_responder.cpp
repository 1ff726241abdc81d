#include "http_server/inline_responder.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "http/compress.hpp"
#include "http/content_negotiation.hpp"
#include "http_server/log_rate_limiter.hpp"
#include "http_server/request_ids.hpp"

namespace feedctl::http {

namespace {

// For the fields that differ from request to request.
constexpr std::size_t head_room = 512;

InlineResponse call_inline_handler(const Route& route, const FastRequestHead& head) {
  static LogRateLimiter warnings;
  try {
    return route.inline_handler(head);
  } catch (const std::exception& error) {  // the route's handler answers instead
    if (const auto suppressed = warnings.try_log()) {
      log::warning(
          "an inline handler failed",
          {{"route", route.pattern}, {"error", error.what()}, {"suppressed", *suppressed}});
    }
    return {};
  }
}

const std::string& content_type_of(const InlineResponse& inline_response) {
  return inline_response.response ? inline_response.response->content_type
                                  : inline_response.prepared->content_type();
}

// The variant refers to the body of `response`.
PreparedResponse::Variant make_variant(Response& response, bool is_gzip_enabled) {
  const bool varies = response.status == 304 || response.body.size() >= min_gzip_size;
  if (is_gzip_enabled && varies) add_vary_encoding(response);
  add_common_headers(response);
  PreparedResponse::Variant variant{response.status, {}, response.body};
  append_head(variant.head, response, response.body.size());
  return variant;
}

}  // namespace

InlineResponder::InlineResponder(const Router& router, const Dispatcher& dispatcher,
                                 const TrustedProxies& proxies, RequestTelemetry& telemetry)
    : router_(router), dispatcher_(dispatcher), proxies_(proxies), telemetry_(telemetry) {
  const auto& routes = router.routes();
  has_inline_routes_ = std::any_of(routes.begin(), routes.end(), [](const Route& route) {
    return route.inline_handler != nullptr;
  });
}

const Route* InlineResponder::find_route(FastRequestHead& head, Router::PathValues& values) const {
  if (!has_inline_routes_ || head.has_repeated_field()) return nullptr;
  const auto* route = router_.find(head.method(), head.path(), values);
  if (route == nullptr || !route->inline_handler) return nullptr;
  head.path_values = values.all();
  return route;
}

bool InlineResponder::try_respond(const Route& route, FastRequestHead& head,
                                  const RequestContext& context, std::string& out) const {
  const auto accept_encoding = head.field(Field::accept_encoding);
  head.wants_gzip =
      accept_encoding && dispatcher_.is_gzip_enabled() && accepts_gzip(*accept_encoding);
  auto inline_response = call_inline_handler(route, head);
  if (!inline_response.prepared && !inline_response.response) return false;
  if (const auto accept = head.field(Field::accept);
      accept && !accepts(*accept, content_type_of(inline_response))) {
    return false;
  }
  PreparedResponse::Variant own;
  if (inline_response.response)
    own = make_variant(*inline_response.response, dispatcher_.is_gzip_enabled());
  const auto& variant = inline_response.response ? own
                                                 : inline_response.prepared->variant(
                                                       head, dispatcher_.is_gzip_enabled());
  Request ids;
  assign_request_ids(ids, head.field(Field::x_request_id), head.field(Field::traceparent));
  const auto origin = head.field(Field::origin);
  out.reserve(out.size() + variant.head.size() + variant.body.size() + head_room);
  out += variant.head;
  dispatcher_.cors().add_headers(
      origin ? &*origin : nullptr,
      [&](std::string_view name, std::string_view value) { append_field(out, name, value); });
  append_field(out, "X-Request-Id", ids.request_id);
  append_field(out, "traceparent", ids.traceparent);
  append_field(out, "Date", http_date());
  append_end(out, context.write_options);
  if (!context.write_options.head) out += variant.body;
  record(route, head, context, inline_response, ids, variant.status,
         context.write_options.head ? 0 : variant.body.size());
  return true;
}

void InlineResponder::record(const Route& route, const FastRequestHead& head,
                             const RequestContext& context, const InlineResponse& inline_response,
                             const Request& ids, int status, std::size_t bytes) const {
  const std::chrono::duration<double> took = Clock::now() - context.received_at;
  telemetry_.on_inline_response(route, head.method(), status, took.count());
  if (!telemetry_.is_logging()) return;
  Request request = ids;
  request.method = head.method();
  request.path = head.path();
  request.route = route.pattern;
  if (const auto hops = head.field(Field::x_forwarded_for)) {
    request.headers.emplace_back("x-forwarded-for", *hops);
  }
  request.client_address = proxies_.client_address(context.peer, request);
  if (inline_response.user) request.identity = Identity{*inline_response.user};
  telemetry_.log_request(request, status, bytes, took.count());
}

}  // namespace feedctl::http
