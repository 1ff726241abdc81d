#include "feedctl/daemon/probe_routes.hpp"

#include <utility>

#include "base/json_writer.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::app {

namespace {

http::Response readiness_response(const ReadinessStatus& readiness, bool sends_retry_after) {
  std::string body;
  json::Writer w(body);
  w.open_object().text("status", readiness.status);
  if (!readiness.reason.empty()) w.text("reason", readiness.reason);
  w.close_object();
  auto response = http::json_response(readiness.is_ready ? 200 : 503, body);
  if (!readiness.is_ready && sends_retry_after) response.header("Retry-After", "1");
  return response;
}

void add_get(http::Router& router, const char* pattern, std::vector<std::string> aliases,
             http::Handler handler, http::RunOn run_on) {
  router.add({.method = http::Method::get,
              .pattern = pattern,
              .aliases = std::move(aliases),
              .policy = http::Policy::public_,
              .handler = std::move(handler),
              .load_class = http::LoadClass::health,
              .run_on = run_on});
}

}  // namespace

void add_metrics_route(http::Router& router) {
  const auto handler = [](const http::Request&) {
    http::Response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics::exposition_text();
    return response;
  };
  add_get(router, "/metrics", {}, handler, http::RunOn::pool);
}

void add_health_routes(http::Router& router, HealthProbes probes) {
  const auto live = [body = std::move(probes.live_json)](const http::Request&) {
    return http::json_response(200, body);
  };
  add_get(router, "/health/live", {"/livez"}, live, http::RunOn::event_loop);
  const auto ready = [readiness = std::move(probes.readiness),
                      sends_retry_after = probes.sends_retry_after](const http::Request&) {
    return readiness_response(readiness(), sends_retry_after);
  };
  add_get(router, "/health/ready", {"/readyz"}, ready, http::RunOn::pool);
}

}  // namespace feedctl::app
