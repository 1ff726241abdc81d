#pragma once
// The periodic task of `serve` and `work` that creates the partitions of the event log ahead of
// time. Any number of processes may run it.
#include "feedctl/daemon/periodic_tasks.hpp"
#include "store/database.hpp"

namespace feedctl::app {

// `ahead`: days, 1..60. The database must outlive the task.
PeriodicTasks::Task log_partitions_task(store::Database& database, int ahead);

}  // namespace feedctl::app
