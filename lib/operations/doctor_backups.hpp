#pragma once
// Check of the archiving of PostgreSQL's write-ahead log, on which a restore to a point in time
// rests. When the last base backup was made PostgreSQL does not know: see pgbackrest_finding().
#include <string>

#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

void check_archiving(Findings& findings, store::Database& database);

// From the output of `pgbackrest info --output=json`: the age of the newest backup.
Finding pgbackrest_finding(const std::string& info_json);

}  // namespace feedctl::operations
