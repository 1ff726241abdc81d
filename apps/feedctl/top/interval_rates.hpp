#pragma once
// Rates of one process, or of several together, between two of its metrics. Plain values.
#include <map>
#include <optional>
#include <string>

#include "feedctl/top/server_metrics.hpp"

namespace feedctl::cli::live {

// What one route did in a second.
struct RouteRates {
  double requests = 0, errors = 0, refused = 0;
  Histogram latency;  // of the interval

  void add(const RouteRates& other);
};

struct IntervalRates {
  std::map<std::string, RouteRates> routes;  // those with requests in the interval
  RouteRates total;
  double cache_hits = 0, cache_stale = 0, cache_misses = 0, recomputes = 0, events = 0, shed = 0;
  double cpu = 0;  // cores
  double pool_waits = 0, pool_wait_seconds = 0;
  Histogram event_lag;

  // Sums; other intervals may be a little longer or shorter.
  void add(const IntervalRates& other);
  std::optional<double> hit_ratio() const;
  std::optional<double> average_pool_wait() const;  // seconds
};

// nullopt: no time has passed, or the process was started again between the two.
std::optional<IntervalRates> rates_between(const ServerMetrics& before, const ServerMetrics& after,
                                           double seconds);

}  // namespace feedctl::cli::live
