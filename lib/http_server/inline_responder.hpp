#pragma once
// Answers requests by the inline handlers of their routes, on the event loop that read them. Such a
// response has the same fields as one of the route's handler. All loops share it; thread-safe.
#include <string>

#include "http/fast_request_head.hpp"
#include "http/serialize.hpp"
#include "http_server/clock.hpp"
#include "http_server/dispatcher.hpp"
#include "http_server/request_telemetry.hpp"
#include "http_server/trusted_proxies.hpp"

namespace feedctl::http {

class InlineResponder {
 public:
  // All must outlive it.
  InlineResponder(const Router& router, const Dispatcher& dispatcher, const TrustedProxies& proxies,
                  RequestTelemetry& telemetry);

  // The route of a request, where it has an inline handler; else nullptr. `head` refers to `values`
  // afterwards.
  const Route* find_route(FastRequestHead& head, Router::PathValues& values) const;

  struct RequestContext {
    const std::string& peer;
    Clock::time_point received_at;
    WriteOptions write_options;
  };
  // Appends the whole response to `out`. False, without a change, where the handler has none.
  bool try_respond(const Route& route, FastRequestHead& head, const RequestContext& context,
                   std::string& out) const;

 private:
  void record(const Route& route, const FastRequestHead& head, const RequestContext& context,
              const InlineResponse& inline_response, const Request& ids, int status,
              std::size_t bytes) const;

  const Router& router_;
  const Dispatcher& dispatcher_;
  const TrustedProxies& proxies_;
  RequestTelemetry& telemetry_;
  bool has_inline_routes_ = false;
};

}  // namespace feedctl::http
