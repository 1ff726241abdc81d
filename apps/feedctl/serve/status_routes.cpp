#include "feedctl/serve/status_routes.hpp"

#include "base/json_writer.hpp"
#include "base/version.hpp"
#include "feedctl/serve/index_page.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::app {

namespace {

using http::Method;
using http::Policy;
using http::Request;
using http::Response;

std::string service_json(std::string_view status) {
  std::string body;
  json::Writer(body)
      .open_object()
      .text("status", status)
      .text("service", "feedctl")
      .text("version", version)
      .close_object();
  return body;
}

Response ready(Health& health) {
  const auto r = health.readiness();
  std::string body;
  json::Writer w(body);
  w.open_object().text("status", r.status);
  if (!r.reason.empty()) w.text("reason", r.reason);
  w.close_object();
  auto response = http::json_response(r.ready ? 200 : 503, body);
  if (!r.ready) response.header("Retry-After", "1");
  return response;
}

void append_index(json::Writer& w, const feed::Home& home) {
  const auto state = home.state();
  w.key("feed_index").open_object();
  w.text("status", !state ? "off" : state->ready ? "ready" : "loading");
  if (state) {
    const auto count = [&](std::string_view name, std::size_t value) {
      w.integer(name, static_cast<std::int64_t>(value));
    };
    count("posts", state->index.posts);
    count("users", state->index.sets);
    count("bytes", state->index.bytes());
    count("parts_posts", state->parts.posts);
    count("parts_readers", state->parts.readers);
    count("parts_bytes", state->parts.bytes);
  }
  w.close_object();
}

Response deep(Health& health, const feed::Home& home) {
  const auto r = health.report();
  const bool healthy =
      r.readiness.ready && r.readiness.status == "ok" && r.cache_up && r.parts_ahead >= 2;
  std::string body;
  json::Writer w(body);
  w.open_object().text("status", healthy             ? "healthy"
                                 : r.readiness.ready ? "degraded"
                                                     : "unhealthy");
  w.text("service", "feedctl").text("version", version).integer("uptime_seconds", r.uptime.count());
  w.key("readiness").open_object().text("status", r.readiness.status);
  if (!r.readiness.reason.empty()) w.text("reason", r.readiness.reason);
  w.close_object();
  w.key("database").open_object().text("status", r.database_up ? "up" : "down");
  if (r.database_up)
    w.key("latency_ms").real(r.database_ms).integer("schema_version", r.schema_version);
  w.close_object();
  w.key("cache")
      .open_object()
      .text("kind", r.cache_configured ? "redis" : "memory")
      .text("status", r.cache_up ? "up" : "down");
  if (!r.cache_trouble.why.empty()) w.text("reason", r.cache_trouble.why);
  if (!r.cache_trouble.remedy.empty()) w.text("remedy", r.cache_trouble.remedy);
  w.close_object();
  w.key("event_log").open_object();
  if (r.parts_ahead >= 0) w.integer("parts_ahead_days", r.parts_ahead);
  w.close_object();
  append_index(w, home);
  w.close_object();
  return http::json_response(r.readiness.ready ? 200 : 503, body);
}

Response metrics_summary() {
  std::string body;
  json::Writer w(body);
  w.open_object();
  for (const auto& [name, value] : metrics::summary()) w.key(name).real(value);
  w.close_object();
  return http::json_response(200, body);
}

Response metrics_text() {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = metrics::text();
  return response;
}

bool wants_html(const Request& request) {
  const auto* accept = request.header("accept");
  return accept && accept->find("text/html") != std::string::npos;
}

}  // namespace

void add_status_routes(http::Router& router, StatusDeps deps) {
  // All of them for those who look after the server, so they are answered when others are not;
  // what asks nobody else does not even wait for a thread.
  const auto add = [&](const char* pattern, std::vector<std::string> aliases, Policy policy,
                       http::Handler handler, bool on_loop = false) {
    router.add({Method::get, pattern, std::move(aliases), policy, std::move(handler),
                http::Load::health, on_loop});
  };
  auto& health = deps.health;
  add(
      "/health/", {}, Policy::public_,
      [](const Request&) { return http::json_response(200, service_json("ok")); }, true);
  add(
      "/health/live", {"/livez"}, Policy::public_,
      [](const Request&) { return http::json_response(200, service_json("ok")); }, true);
  add("/health/ready", {"/readyz"}, Policy::public_,
      [&health](const Request&) { return ready(health); });
  add("/debug/health", {}, Policy::public_,
      [&health, &home = deps.home](const Request&) { return deep(health, home); });
  add("/debug/metrics-summary", {}, Policy::public_,
      [](const Request&) { return metrics_summary(); });
  add("/debug/config", {}, Policy::admin,
      [config = deps.config_json](const Request&) { return http::json_response(200, config()); });
  add("/metrics", {}, Policy::public_, [](const Request&) { return metrics_text(); });
  add("/", {}, Policy::public_, [&router](const Request& request) {
    return wants_html(request) ? index_page(router) : index_json();
  });
}

}  // namespace feedctl::app
