#pragma once
// The counters of feedctl_cache_requests_total, looked up once. Thread-safe.
#include <string>

#include "cache/cache.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::cache {

class CacheMetrics {
 public:
  explicit CacheMetrics(const std::string& cache)
      : hit(counter_for(cache, "hit")),
        miss(counter_for(cache, "miss")),
        fresh(counter_for(cache, "fresh")),
        compute(counter_for(cache, "lease")),
        pending(counter_for(cache, "wait")),
        unavailable(counter_for(cache, "down")) {}

  metrics::Counter& counter_for(RankingLookup::State state) {
    switch (state) {
      case RankingLookup::State::fresh:
        return fresh;
      case RankingLookup::State::compute:
        return compute;
      case RankingLookup::State::pending:
        return pending;
      case RankingLookup::State::unavailable:
        break;
    }
    return unavailable;
  }

  metrics::Counter &hit, &miss, &fresh, &compute, &pending, &unavailable;

 private:
  static metrics::Counter& counter_for(const std::string& cache, const std::string& result) {
    return metrics::counter("feedctl_cache_requests_total", "Reads of the cache.",
                            {{"cache", cache}, {"result", result}});
  }
};

}  // namespace feedctl::cache
