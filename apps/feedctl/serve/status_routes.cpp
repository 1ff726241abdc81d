#include "feedctl/serve/status_routes.hpp"

#include "base/json_writer.hpp"
#include "base/version.hpp"
#include "feedctl/daemon/probe_routes.hpp"
#include "feedctl/serve/landing_page.hpp"
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

void append_feed_index(json::Writer& w, const feed::HomeFeed& home) {
  const auto state = home.state();
  w.key("feed_index").open_object();
  w.text("status", !state ? "off" : state->is_ready ? "ready" : "loading");
  if (state) {
    const auto count = [&](std::string_view name, std::size_t value) {
      w.integer(name, static_cast<std::int64_t>(value));
    };
    count("posts", state->index.posts);
    count("users", state->index.follow_sets);
    count("bytes", state->index.bytes());
    count("parts_posts", state->fragments.posts);
    count("parts_readers", state->fragments.readers);
    count("parts_bytes", state->fragments.bytes);
  }
  w.close_object();
}

void append_media(json::Writer& w, const MediaServices::Health& media) {
  w.key("media").open_object();
  w.text("status", !media.is_configured ? "off" : media.is_up ? "up" : "down");
  if (media.is_configured) w.text("store", media.store);
  if (!media.reason.empty()) w.text("reason", media.reason);
  w.close_object();
}

Response debug_health(Health& health, const feed::HomeFeed& home, MediaServices& services) {
  const auto r = health.report();
  const auto media = services.health();
  const bool healthy = r.readiness.is_ready && r.readiness.status == "ok" && r.is_cache_up &&
                       r.partitions_ahead >= 2 && media.is_up;
  std::string body;
  json::Writer w(body);
  w.open_object().text("status", healthy                ? "healthy"
                                 : r.readiness.is_ready ? "degraded"
                                                        : "unhealthy");
  w.text("service", "feedctl").text("version", version).integer("uptime_seconds", r.uptime.count());
  w.key("readiness").open_object().text("status", r.readiness.status);
  if (!r.readiness.reason.empty()) w.text("reason", r.readiness.reason);
  w.close_object();
  w.key("database").open_object().text("status", r.is_database_up ? "up" : "down");
  if (r.is_database_up)
    w.key("latency_ms").real(r.database_latency_ms).integer("schema_version", r.schema_version);
  w.close_object();
  w.key("cache")
      .open_object()
      .text("kind", r.is_cache_configured ? "redis" : "memory")
      .text("status", r.is_cache_up ? "up" : "down");
  if (!r.cache_trouble.reason.empty()) w.text("reason", r.cache_trouble.reason);
  if (!r.cache_trouble.remedy.empty()) w.text("remedy", r.cache_trouble.remedy);
  w.close_object();
  w.key("event_log").open_object();
  if (r.partitions_ahead >= 0) w.integer("parts_ahead_days", r.partitions_ahead);
  w.close_object();
  append_media(w, media);
  append_feed_index(w, home);
  w.close_object();
  return http::json_response(r.readiness.is_ready ? 200 : 503, body);
}

Response metrics_summary() {
  std::string body;
  json::Writer w(body);
  w.open_object();
  for (const auto& [name, value] : metrics::summary()) w.key(name).real(value);
  w.close_object();
  return http::json_response(200, body);
}

bool wants_html(const Request& request) {
  const auto* accept = request.header("accept");
  return accept && accept->find("text/html") != std::string::npos;
}

}  // namespace

void add_status_routes(http::Router& router, StatusDeps deps) {
  // Operators need these routes most under overload, so all belong to the load class `health`.
  const auto add = [&](const char* pattern, std::vector<std::string> aliases, Policy policy,
                       http::Handler handler, http::RunOn run_on = http::RunOn::pool) {
    router.add({.method = Method::get,
                .pattern = pattern,
                .aliases = std::move(aliases),
                .policy = policy,
                .handler = std::move(handler),
                .load_class = http::LoadClass::health,
                .run_on = run_on});
  };
  auto& health = deps.health;
  add(
      "/health/", {}, Policy::public_,
      [](const Request&) { return http::json_response(200, service_json("ok")); },
      http::RunOn::event_loop);
  add_health_routes(router, {.live_json = service_json("ok"),
                             .readiness = [&health] { return health.readiness(); },
                             .sends_retry_after = true});
  add("/debug/health", {}, Policy::public_,
      [&health, &home = deps.home, &media = deps.media](const Request&) {
        return debug_health(health, home, media);
      });
  add("/debug/metrics-summary", {}, Policy::public_,
      [](const Request&) { return metrics_summary(); });
  add("/debug/config", {}, Policy::admin,
      [config = deps.config_json](const Request&) { return http::json_response(200, config()); });
  add_metrics_route(router);
  add("/", {}, Policy::public_, [&router](const Request& request) {
    return wants_html(request) ? landing_page(router) : landing_json();
  });
}

}  // namespace feedctl::app
