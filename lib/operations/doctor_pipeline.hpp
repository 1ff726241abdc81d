#pragma once
// Checks of what follows the event log: consumers, jobs, dead letters.
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_pipeline(Findings& findings, store::Database& database);

}  // namespace feedctl::operations
