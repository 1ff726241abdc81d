#pragma once
// What this process knows of its own health: the database answers, is fit for this binary and takes
// writes, the cache answers, the log has parts. Asked by /health/ready and /debug/health.
// Thread-safe.
#include <atomic>
#include <chrono>
#include <string>

#include "cache/cache.hpp"
#include "feedctl/readiness/checks.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class Health {
 public:
  Health(store::Database& database, cache::Cache& cache, bool cache_configured)
      : database_(database),
        cache_(cache),
        cache_configured_(cache_configured),
        database_readiness_(database) {}

  // The keys that tokens and cursors are signed with are there: not ready before.
  void have_keys() { keys_ = true; }
  // From now on not ready, so that a balancer sends nobody here any more.
  void drain() { draining_ = true; }

  struct Readiness {
    bool ready;          // may be sent requests
    std::string status;  // "ok", "degraded", "starting", "draining", or NotReady::status
    std::string reason;  // "" or one line
  };
  // Once ready, a database that is away makes it "degraded", not unready: else a balancer would
  // turn degraded into dead. One that answers, and cannot be written to, makes it unready.
  Readiness readiness();

  struct Report {
    Readiness readiness;
    bool database_up = false;
    double database_ms = 0;
    int schema_version = 0;
    int parts_ahead = -1;  // -1: not known
    bool cache_configured = false;
    bool cache_up = false;
    cache::Trouble cache_trouble;  // where it is not
    std::chrono::seconds uptime{0};
  };
  Report report();

 private:
  store::Database& database_;
  cache::Cache& cache_;
  const bool cache_configured_;
  app::Readiness database_readiness_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<bool> keys_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> was_ready_{false};
};

}  // namespace feedctl::app
