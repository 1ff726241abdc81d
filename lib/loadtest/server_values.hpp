#pragma once
// The figures of feedctl's processes by the short names of reports, from their metrics. A value;
// not thread-safe.
#include <map>
#include <string>
#include <vector>

#include "loadtest/prometheus_text.hpp"

namespace feedctl::loadtest {

// Counters since the start of the server: requests, errors (5xx but 503), refused (429, 503 and
// shed), cache_hits, cache_stale, cache_misses. Gauges: event_backlog, jobs_open, dead_letters,
// views_pending, in_flight, rss (bytes). Since the call before: cache_hit_ratio, event_lag and
// db_pool_wait (seconds, averages).
class ServerValues {
 public:
  using Values = std::map<std::string, double>;
  // `samples`: of all processes together. What they do not have is left out.
  Values next(const std::vector<MetricSample>& samples);

 private:
  struct Growth {
    double part = 0, whole = 0;
  };
  void add_ratio(Values& values, const std::string& name, double part, double whole);

  std::map<std::string, Growth> before_;
};

}  // namespace feedctl::loadtest
