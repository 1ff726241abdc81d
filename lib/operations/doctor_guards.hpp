#pragma once
// Checks of the guards of store/guard.hpp, of the collation version, and of a test write that is
// rolled back. Internal to lib/operations.
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_database_guards(Findings& findings, store::Database& database);
// For PostgreSQL 15 and newer.
void check_collation(Findings& findings, store::Database& database);
// The schema must exist.
void check_writes(Findings& findings, store::Database& database);

}  // namespace feedctl::operations
