#include "feedctl/top/report.hpp"

#include <cmath>

#include "base/json_writer.hpp"
#include "feedctl/top/figures.hpp"
#include "loadtest/number_text.hpp"

namespace feedctl::cli::live {

namespace {

void real(json::Writer& writer, std::string_view name, std::optional<double> value) {
  if (value && std::isfinite(*value))
    writer.key(name).real(*value);
  else
    writer.null(name);
}

// A count.
void whole(json::Writer& writer, std::string_view name, std::optional<double> value) {
  writer.optional_integer(
      name, value && std::abs(*value) < 1e18 ? std::optional(std::llround(*value)) : std::nullopt);
}

std::optional<std::string_view> text_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void append_rates(json::Writer& writer, const RouteRates& rates) {
  real(writer, "requests_per_second", rates.requests);
  real(writer, "errors_per_second", rates.errors);
  real(writer, "refused_per_second", rates.refused);
  real(writer, "p50_seconds", rates.latency.quantile(0.5));
  real(writer, "p99_seconds", rates.latency.quantile(0.99));
}

void append_server(json::Writer& writer, const ServerState& server) {
  writer.open_object()
      .text("name", server.name)
      .boolean("up", server.is_up())
      .optional_text("failure", text_or_null(server.failure));
  if (!server.is_up()) {
    writer.close_object();
    return;
  }
  const auto& metrics = server.last->metrics;
  writer.text("role", server.role())
      .text("status", server.status())
      .optional_text("reason", text_or_null(server.last->health.reason))
      .optional_text("version", text_or_null(metrics.version))
      .optional_text("index", text_or_null(server.last->health.index));
  if (server.rates && server.role() == "serve") append_rates(writer, server.rates->total);
  real(writer, "cpu_cores", server.rates ? std::optional(server.rates->cpu) : std::nullopt);
  whole(writer, "resident_bytes", metrics.resident_bytes);
  whole(writer, "in_flight", metrics.in_flight);
  whole(writer, "connections", metrics.connections);
  real(writer, "started_at_seconds", metrics.start_time);
  writer.close_object();
}

void append_shared(json::Writer& writer, const Totals& totals, Time now) {
  const auto& gauges = totals.gauges;
  const auto age = [&](std::optional<double> unix_time) -> std::optional<double> {
    if (!unix_time) return std::nullopt;
    return static_cast<double>(unix_us(now)) / 1e6 - *unix_time;
  };
  real(writer, "cache_hit_ratio", totals.rates.hit_ratio());
  real(writer, "recomputes_per_second", totals.rates.recomputes);
  real(writer, "pool_wait_seconds", totals.rates.average_pool_wait());
  real(writer, "event_lag_p99_seconds", totals.rates.event_lag.quantile(0.99));
  real(writer, "events_per_second", totals.rates.events);
  real(writer, "consumer_lag_seconds", gauges.consumer_lag);
  whole(writer, "consumer_lag_events", gauges.consumer_lag_events);
  whole(writer, "bus_messages", gauges.queue_messages);
  whole(writer, "jobs_open", gauges.jobs_open);
  whole(writer, "dead_letters", gauges.dead_letters);
  whole(writer, "views_pending", gauges.views_pending);
  real(writer, "last_flush_age_seconds", age(gauges.last_flush));
  whole(writer, "partitions_ahead", gauges.partitions_ahead);
  whole(writer, "index_posts", gauges.index_posts);
  whole(writer, "index_users", gauges.index_users);
  whole(writer, "index_bytes", gauges.index_bytes);
}

void append_dependencies(json::Writer& writer, const Totals& totals) {
  writer.key("dependencies").open_array();
  for (const auto& dependency : totals.dependencies) {
    writer.open_object()
        .text("name", dependency.name)
        .boolean("up", dependency.is_up)
        .optional_text("detail", text_or_null(dependency.detail))
        .close_object();
  }
  writer.close_array();
}

void append_routes(json::Writer& writer, const Totals& totals, Sort sort) {
  writer.key("routes").open_array();
  for (const auto& row : sorted_routes(totals.rates, sort)) {
    writer.open_object().text("route", row.name);
    real(writer, "requests_per_second", row.requests);
    real(writer, "errors_per_second", row.errors);
    real(writer, "refused_per_second", row.refused);
    real(writer, "p50_seconds", row.p50);
    real(writer, "p99_seconds", row.p99);
    writer.close_object();
  }
  writer.close_array();
}

}  // namespace

std::string progress_line(const Dashboard& dashboard, Time now) {
  const auto totals = dashboard.totals();
  const auto& gauges = totals.gauges;
  const auto& total = totals.rates.total;
  auto text = clock_text(now) + " " + std::to_string(totals.up) + " of " +
              std::to_string(totals.servers) + " up";
  if (totals.has_rates) {
    text += ", " + per_second(total.requests) + " req/s, p50 " +
            seconds_text(total.latency.quantile(0.5)) + ", p99 " +
            seconds_text(total.latency.quantile(0.99)) + ", errors " + per_second(total.errors) +
            "/s, refused " + per_second(total.refused) + "/s";
    if (const auto ratio = totals.rates.hit_ratio())
      text += ", hits " + loadtest::percent_text(*ratio);
  }
  if (gauges.consumer_lag) text += ", lag " + seconds_text(gauges.consumer_lag);
  if (gauges.dead_letters) text += ", dead " + count_or_dash(gauges.dead_letters);
  for (const auto& dependency : totals.dependencies) {
    if (!dependency.is_up) text += ", " + dependency.name + " down";
  }
  for (const auto& server : dashboard.servers()) {
    if (server.kind() == ServerState::Kind::down)
      text += ", " + server.name + " down: " + server.failure;
    else if (server.is_up() && server.status() != "ok" && server.status() != "-")
      text += ", " + server.name + " " + server.status();
  }
  return text;
}

std::string json_object(const Dashboard& dashboard, Sort sort, Time now) {
  const auto totals = dashboard.totals();
  std::string out;
  json::Writer writer(out);
  writer.open_object()
      .text("at", rfc3339(now))
      .integer("processes_up", static_cast<std::int64_t>(totals.up));
  writer.key("total").open_object();
  append_rates(writer, totals.rates.total);
  append_shared(writer, totals, now);
  writer.close_object().key("processes").open_array();
  for (const auto& server : dashboard.servers()) append_server(writer, server);
  writer.close_array();
  append_dependencies(writer, totals);
  append_routes(writer, totals, sort);
  writer.close_object();
  return out;
}

}  // namespace feedctl::cli::live
