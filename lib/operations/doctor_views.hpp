#pragma once
// Checks of the view counters: whether Redis may lose them, whether flushes keep up, and what they
// and `work` left undone in PostgreSQL. All findings are warnings at most: without counters
// everything else works. Internal to lib/operations.
#include <string>

#include "base/secret.hpp"
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::operations {

// Epochs and partitions. The schema must exist.
void check_view_tables(Findings& findings, store::Database& database);

// The Redis that buffers counters. `url`: its address, "" for none; `settings`: prefix and
// time-out.
void check_view_buffer(Findings& findings, const Secret<std::string>& url,
                       const config::RedisConfig& settings);

}  // namespace feedctl::operations
