#pragma once
// Checks of the PostgreSQL server, the schema and the event log, in order. A server that is too
// old, or a missing schema, ends them early. Internal to lib/operations.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_database(Findings& findings, store::Database& database, const config::Config& config,
                    const DoctorOptions& options);

}  // namespace feedctl::operations
