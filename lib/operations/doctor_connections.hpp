#pragma once
// The largest number of PostgreSQL connections of each daemon, and the check of their sum against
// the limits of role, database and server.
#include <cstdint>

#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

std::int64_t max_connections_of_serve(const config::Config& config);
std::int64_t max_connections_of_work(const config::Config& config);

// `serves`, `works`: how many run on this machine; 0 counts as one of each.
void check_connections(Findings& findings, store::Database& database, const config::Config& config,
                       std::int64_t serves = 1, std::int64_t works = 1);
// How many of the server's connections are open now.
void check_used_connections(Findings& findings, store::Database& database);

}  // namespace feedctl::operations
