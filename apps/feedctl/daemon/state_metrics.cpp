#include "feedctl/daemon/state_metrics.hpp"

#include <utility>

#include "base/error.hpp"
#include "events/consumer_lag.hpp"
#include "metrics/degraded.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::app {

namespace {

using namespace std::chrono_literals;

bool answers(const DependencyProbe& dependency) {
  try {
    return dependency.is_up();
  } catch (const Error&) {
    return false;
  }
}

// A second try, since on a busy machine a single answer may be late.
bool is_up(const DependencyProbe& dependency) {
  return answers(dependency) || answers(dependency);
}

}  // namespace

DependencyProbe database_probe(store::Database& database) {
  return {"postgresql", [&database] {
            database.ping();
            return true;
          }};
}

PeriodicTasks::Task state_metrics_task(std::function<ReadinessStatus()> readiness,
                                       std::vector<DependencyProbe> dependencies) {
  return {"state for monitors", 5s,
          [readiness = std::move(readiness), dependencies = std::move(dependencies)] {
            metrics::gauge("feedctl_ready", "Whether /health/ready answers 200.")
                .set(readiness().is_ready ? 1 : 0);
            for (const auto& dependency : dependencies)
              metrics::set_degraded(dependency.name, !is_up(dependency));
          }};
}

PeriodicTasks::Task consumer_lag_task(store::Database& database) {
  return {"lag of the consumers", 10s, [&database] { events::export_consumer_lags(database); }};
}

}  // namespace feedctl::app
