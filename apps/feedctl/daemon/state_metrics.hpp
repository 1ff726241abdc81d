#pragma once
// Periodic tasks that export what only a look tells: readiness, the state of dependencies, the lag
// of consumers. What they refer to must outlive them.
#include <functional>
#include <string>
#include <vector>

#include "feedctl/daemon/periodic_tasks.hpp"
#include "feedctl/daemon/readiness.hpp"
#include "store/database.hpp"

namespace feedctl::app {

struct DependencyProbe {
  std::string name;             // as metrics::set_degraded() takes it
  std::function<bool()> is_up;  // an Error means no
};

// feedctl_degraded of PostgreSQL.
DependencyProbe database_probe(store::Database& database);

// Every five seconds: feedctl_ready, and feedctl_degraded of each dependency.
PeriodicTasks::Task state_metrics_task(std::function<ReadinessStatus()> readiness,
                                       std::vector<DependencyProbe> dependencies);

// Every ten seconds: feedctl_consumer_lag_seconds and feedctl_consumer_lag_events.
PeriodicTasks::Task consumer_lag_task(store::Database& database);

}  // namespace feedctl::app
