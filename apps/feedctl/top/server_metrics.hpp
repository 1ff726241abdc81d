#pragma once
// What `feedctl top` keeps of one process's metrics: a bounded reduction of its /metrics, and what
// happened between two of them. Plain values; any thread.
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "loadtest/prometheus_text.hpp"

namespace feedctl::cli::live {

// A Prometheus histogram: cumulative counts by upper bound.
struct Histogram {
  std::map<double, double> buckets;
  double count = 0, sum = 0;

  void add(const Histogram& other);
  // Seconds, by linear interpolation within the bucket, as Prometheus' histogram_quantile() does;
  // nullopt: nothing was counted.
  std::optional<double> quantile(double share) const;
};

struct Route {
  Histogram latency;
  double errors = 0;   // 5xx but 503
  double refused = 0;  // 429 and 503

  void add(const Route& other);
};

// The last run of a command for cron, from its textfile.
struct JobRun {
  std::optional<double> last_success, last_run;  // Unix times
  std::optional<double> exit_code;
};

struct ServerMetrics {
  static constexpr std::size_t max_routes = 300;  // the others are summed up as "others"
  using Gauge = std::optional<double>;

  std::map<std::string, Route> routes;  // "GET /v1/feed"; without those of monitoring
  std::map<std::string, JobRun> jobs;
  std::map<std::string, bool> degraded;  // by dependency
  Histogram event_lag;
  std::string version;

  // Counters since the start of the process.
  Gauge cache_hits, cache_stale, cache_misses, recomputes, events_processed, cpu_seconds, shed;
  Gauge pool_wait_seconds, pool_waits;
  // Gauges.
  Gauge in_flight, connections, streams;
  Gauge pool_busy, pool_limit, pool_waiting;
  Gauge queue_messages, jobs_open, oldest_job, dead_letters, consumer_lag, consumer_lag_events;
  Gauge views_pending, impressions_pending, last_flush, partitions_ahead;
  Gauge index_posts, index_users, index_bytes, fragment_bytes;
  Gauge resident_bytes, start_time, work_slots;

  bool is_worker() const { return work_slots.has_value(); }
  bool is_server() const { return !is_worker() && in_flight.has_value(); }
};

ServerMetrics reduce(const loadtest::MetricsText& text);

}  // namespace feedctl::cli::live
