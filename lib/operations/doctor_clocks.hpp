#pragma once
// Check for times in the database that a wrong clock has left. The schema must exist. Internal to
// lib/operations.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_clocks(Findings& findings, store::Database& database, const config::Config& config);

}  // namespace feedctl::operations
