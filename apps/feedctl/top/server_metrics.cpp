#include "feedctl/top/server_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "loadtest/number_text.hpp"

namespace feedctl::cli::live {

namespace {

using loadtest::MetricSample;

constexpr std::size_t max_buckets = 64;
constexpr std::size_t max_names = 32;  // of jobs, of dependencies
constexpr std::size_t max_name_bytes = 100;

enum class Combine { sum, highest };

struct Family {
  std::string_view name;
  ServerMetrics::Gauge ServerMetrics::*member;
  Combine combine = Combine::sum;
};

constexpr Family families[] = {
    {"feedctl_hot_recomputes_total", &ServerMetrics::recomputes},
    {"feedctl_events_processed_total", &ServerMetrics::events_processed},
    {"feedctl_http_shed_total", &ServerMetrics::shed},
    {"process_cpu_seconds_total", &ServerMetrics::cpu_seconds},
    {"feedctl_db_pool_wait_seconds_sum", &ServerMetrics::pool_wait_seconds},
    {"feedctl_db_pool_wait_seconds_count", &ServerMetrics::pool_waits},
    {"feedctl_http_requests_in_flight", &ServerMetrics::in_flight},
    {"feedctl_http_connections", &ServerMetrics::connections},
    {"feedctl_http_streams", &ServerMetrics::streams},
    {"feedctl_db_pool_waiting", &ServerMetrics::pool_waiting},
    {"feedctl_jobs_open", &ServerMetrics::jobs_open},
    {"feedctl_jobs_oldest_seconds", &ServerMetrics::oldest_job, Combine::highest},
    {"feedctl_dead_letters", &ServerMetrics::dead_letters},
    {"feedctl_consumer_lag_seconds", &ServerMetrics::consumer_lag, Combine::highest},
    {"feedctl_consumer_lag_events", &ServerMetrics::consumer_lag_events},
    {"feedctl_views_pending", &ServerMetrics::views_pending},
    {"feedctl_impressions_pending", &ServerMetrics::impressions_pending},
    {"feedctl_views_flush_last_success_timestamp_seconds", &ServerMetrics::last_flush,
     Combine::highest},
    {"feedctl_event_parts_ahead", &ServerMetrics::partitions_ahead},
    {"feedctl_feed_index_posts", &ServerMetrics::index_posts},
    {"feedctl_feed_index_users", &ServerMetrics::index_users},
    {"feedctl_feed_index_bytes", &ServerMetrics::index_bytes},
    {"feedctl_feed_parts_bytes", &ServerMetrics::fragment_bytes},
    {"process_resident_memory_bytes", &ServerMetrics::resident_bytes},
    {"process_start_time_seconds", &ServerMetrics::start_time},
    {"feedctl_work_slots", &ServerMetrics::work_slots},
};

void combine(ServerMetrics::Gauge& gauge, double value, Combine how) {
  if (!std::isfinite(value)) return;
  gauge = how == Combine::sum ? gauge.value_or(0) + value : std::max(gauge.value_or(value), value);
}

bool is_monitoring(std::string_view route) {
  return route == "/metrics" || route.starts_with("/health") || route.starts_with("/debug/") ||
         route == "/livez" || route == "/readyz";
}

std::string name_of(std::string_view label) {
  return loadtest::printable_text(label, max_name_bytes);
}

// nullptr: a request of monitoring.
Route* find_route(ServerMetrics& metrics, const MetricSample& sample) {
  const auto route = sample.label("route");
  if (route.empty() || is_monitoring(route)) return nullptr;
  auto name = name_of(std::string(sample.label("method")) + " " + std::string(route));
  if (metrics.routes.size() >= ServerMetrics::max_routes && metrics.routes.count(name) == 0)
    name = "others";
  return &metrics.routes[std::move(name)];
}

// `part`: "_bucket", "_sum" or "_count".
void add_part(Histogram& histogram, std::string_view part, const MetricSample& sample) {
  if (!std::isfinite(sample.value)) return;
  if (part == "_count") {
    histogram.count += sample.value;
  } else if (part == "_sum") {
    histogram.sum += sample.value;
  } else if (part == "_bucket") {
    const auto le = std::string(sample.label("le"));
    const double bound =
        le == "+Inf" ? std::numeric_limits<double>::infinity() : std::strtod(le.c_str(), nullptr);
    if (histogram.buckets.size() < max_buckets || histogram.buckets.count(bound) > 0)
      histogram.buckets[bound] += sample.value;
  }
}

void add_request(ServerMetrics& metrics, std::string_view part, const MetricSample& sample) {
  Route* const route = find_route(metrics, sample);
  if (!route) return;
  add_part(route->latency, part, sample);
  if (part != "_count" || !std::isfinite(sample.value)) return;
  const auto code = sample.label("code");
  if (code == "429" || code == "503")
    route->refused += sample.value;
  else if (code.starts_with("5"))
    route->errors += sample.value;
}

void add_cache(ServerMetrics& metrics, const MetricSample& sample) {
  const auto result = sample.label("result");
  auto& gauge = result == "hit" || result == "fresh" ? metrics.cache_hits
                : result == "wait"                   ? metrics.cache_stale
                                                     : metrics.cache_misses;
  combine(gauge, sample.value, Combine::sum);
}

void add_pool(ServerMetrics& metrics, const MetricSample& sample) {
  const auto state = sample.label("state");
  if (state == "busy") combine(metrics.pool_busy, sample.value, Combine::sum);
  if (state == "limit") combine(metrics.pool_limit, sample.value, Combine::sum);
}

void add_job(ServerMetrics& metrics, std::string_view what, const MetricSample& sample) {
  auto name = name_of(sample.label("command"));
  if (name.empty() || (metrics.jobs.size() >= max_names && metrics.jobs.count(name) == 0)) return;
  auto& job = metrics.jobs[std::move(name)];
  if (what == "last_success_timestamp_seconds") job.last_success = sample.value;
  if (what == "last_run_timestamp_seconds") job.last_run = sample.value;
  if (what == "exit_code") job.exit_code = sample.value;
}

void add_dependency(ServerMetrics& metrics, const MetricSample& sample) {
  if (metrics.degraded.size() < max_names)
    metrics.degraded[name_of(sample.label("dependency"))] = sample.value > 0;
}

// What stands after `prefix`; nullopt: another name.
std::optional<std::string_view> rest_after(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  return name.substr(prefix.size());
}

void add_sample(ServerMetrics& metrics, const MetricSample& sample) {
  const std::string_view name = sample.name;
  if (const auto part = rest_after(name, "feedctl_http_request_duration_seconds"))
    return add_request(metrics, *part, sample);
  if (const auto part = rest_after(name, "feedctl_event_lag_seconds"))
    return add_part(metrics.event_lag, *part, sample);
  if (const auto what = rest_after(name, "feedctl_job_")) return add_job(metrics, *what, sample);
  if (name == "feedctl_cache_requests_total") return add_cache(metrics, sample);
  if (name == "feedctl_db_pool_connections") return add_pool(metrics, sample);
  if (name == "feedctl_queue_messages" && sample.label("state") != "dead")
    return combine(metrics.queue_messages, sample.value, Combine::sum);
  if (name == "feedctl_degraded") return add_dependency(metrics, sample);
  if (name == "feedctl_build_info") metrics.version = name_of(sample.label("version"));
  for (const auto& family : families) {
    if (family.name == name) combine(metrics.*family.member, sample.value, family.combine);
  }
}

}  // namespace

void Histogram::add(const Histogram& other) {
  for (const auto& [bound, value] : other.buckets) buckets[bound] += value;
  count += other.count;
  sum += other.sum;
}

std::optional<double> Histogram::quantile(double share) const {
  if (count <= 0 || buckets.empty()) return std::nullopt;
  const double rank = share * count;
  double lower = 0, below = 0;
  for (const auto& [bound, value] : buckets) {
    if (value >= rank) {
      if (std::isinf(bound)) return lower;  // the highest bound there is
      const double inside = value - below;
      return lower + (bound - lower) * (inside > 0 ? (rank - below) / inside : 1);
    }
    lower = std::isinf(bound) ? lower : bound;
    below = value;
  }
  return lower;
}

void Route::add(const Route& other) {
  latency.add(other.latency);
  errors += other.errors;
  refused += other.refused;
}

ServerMetrics reduce(const loadtest::MetricsText& text) {
  ServerMetrics metrics;
  for (const auto& sample : text.samples) add_sample(metrics, sample);
  if (metrics.is_worker()) metrics.routes.clear();  // its port is for monitoring alone
  return metrics;
}

}  // namespace feedctl::cli::live
