#pragma once
// The dashboard's figures about this process, from its metrics. All counts grow from the start of
// the process. Pure functions over the metrics registry; they read the families they need, not all.
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace feedctl::console {

struct ProcessFigures {
  Time started_at = {};  // of the process; 1970 where the system does not say
  double cpu_seconds = 0;
  std::int64_t resident_bytes = 0;
  std::int64_t open_fds = 0;
};

struct HttpFigures {
  struct Bucket {
    double le = 0;  // seconds
    std::uint64_t count = 0;
  };
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;     // 5xx, without 503
  std::uint64_t refused = 0;    // 429 and 503
  std::vector<Bucket> buckets;  // without the infinite one, which counts all requests
};

struct CacheFigures {
  std::uint64_t hits = 0;
  std::uint64_t stale = 0;  // waited for another's computation, with an old copy or none
  std::uint64_t misses = 0;
  std::uint64_t recomputes = 0;
};

struct FeedFigures {
  std::uint64_t pages_from_index = 0;
  std::uint64_t pages_from_definition = 0;  // and from materialized rows
};

ProcessFigures read_process_figures();
HttpFigures read_http_figures();
CacheFigures read_cache_figures();
FeedFigures read_feed_figures();
// Views and impressions that flushes of this process added.
std::uint64_t read_flushed_views();

}  // namespace feedctl::console
