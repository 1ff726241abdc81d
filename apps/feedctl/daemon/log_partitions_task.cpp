#include "feedctl/daemon/log_partitions_task.hpp"

#include <memory>

#include "events/partitions.hpp"

namespace feedctl::app {

PeriodicTasks::Task log_partitions_task(store::Database& database, int ahead) {
  const auto maintainer = std::make_shared<events::PartitionMaintainer>(database, ahead);
  return {"partitions of the log", std::chrono::seconds{10},
          [maintainer] { maintainer->maintain(); }};
}

}  // namespace feedctl::app
