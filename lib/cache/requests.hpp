#pragma once
// The counters of feedctl_cache_requests_total, looked up once.
#include <string>

#include "cache/cache.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::cache {

class Requests {
 public:
  explicit Requests(const std::string& cache)
      : hit(of(cache, "hit")),
        miss(of(cache, "miss")),
        fresh(of(cache, "fresh")),
        lease(of(cache, "lease")),
        wait(of(cache, "wait")),
        down(of(cache, "down")) {}

  metrics::Counter& of(RankingRead::State state) {
    switch (state) {
      case RankingRead::State::fresh:
        return fresh;
      case RankingRead::State::lease:
        return lease;
      case RankingRead::State::wait:
        return wait;
      case RankingRead::State::down:
        break;
    }
    return down;
  }

  metrics::Counter &hit, &miss, &fresh, &lease, &wait, &down;

 private:
  static metrics::Counter& of(const std::string& cache, const std::string& result) {
    return metrics::counter("feedctl_cache_requests_total", "Reads of the cache.",
                            {{"cache", cache}, {"result", result}});
  }
};

}  // namespace feedctl::cache
