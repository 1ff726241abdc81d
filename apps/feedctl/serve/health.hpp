#pragma once
// Health of a serve process: readiness for /health/ready, and a report for /debug/health.
//
// The database and the cache must outlive it. Thread-safe. Neither call throws: an Error becomes
// part of the answer.
#include <atomic>
#include <chrono>
#include <string>

#include "cache/cache.hpp"
#include "feedctl/daemon/readiness.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class Health {
 public:
  Health(store::Database& database, cache::Cache& cache, bool cache_configured)
      : database_(database),
        cache_(cache),
        cache_configured_(cache_configured),
        database_readiness_(database) {}

  // The signing keys are loaded; before that the process is not ready.
  void mark_keys_loaded() { keys_loaded_ = true; }
  // Not ready from now on, so that load balancers send no new requests.
  void start_draining() { draining_ = true; }

  // A database that goes away later only makes the process "degraded", since caches still answer
  // reads. A database that answers but takes no writes makes it unready.
  ReadinessStatus readiness();

  struct Report {
    ReadinessStatus readiness;
    bool is_database_up = false;
    double database_latency_ms = 0;
    int schema_version = 0;
    int partitions_ahead = -1;  // -1: unknown
    bool is_cache_configured = false;
    bool is_cache_up = false;
    redis::FailureInfo cache_trouble;  // if it is down
    std::chrono::seconds uptime{0};
  };
  Report report();

 private:
  store::Database& database_;
  cache::Cache& cache_;
  const bool cache_configured_;
  Readiness database_readiness_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<bool> keys_loaded_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> was_ready_{false};
};

}  // namespace feedctl::app
