#pragma once
// Composition root of `work`: the features' event handlers, their jobs and the periodic tasks.
//
// It owns the threads and runs from its construction until stop() or its destructor. `config` and
// `cache` must outlive it. Construct it and call stop() from one thread; the rest is thread-safe.
#include <memory>
#include <vector>

#include "cache/cache.hpp"
#include "config/config.hpp"
#include "events/consumer_log.hpp"
#include "feedctl/daemon/state_metrics.hpp"
#include "store/database.hpp"

namespace feedctl::app {

class WorkerApp {
 public:
  // Opens no connection: the database may be down. Error(config) as of make_bus().
  WorkerApp(const config::Config& config, const store::Options& database, cache::Cache& cache,
            const std::string& installation);
  ~WorkerApp();

  // Finishes the current batches and releases the slots.
  void stop();
  // False from the moment that stop() begins to drain. May be called while stop() runs.
  bool is_healthy() const;
  const char* bus_name() const;
  // What it depends on, for monitors. The probes must not outlive it; they may run during stop().
  std::vector<DependencyProbe> dependencies();

 private:
  struct Components;
  std::unique_ptr<Components> components_;
};

}  // namespace feedctl::app
