#pragma once
// Check of the event log: its home cluster, its backlog and its partitions. The schema must exist.
// Internal to lib/operations.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_event_log(Findings& findings, store::Database& database, const config::Config& config);

}  // namespace feedctl::operations
