#pragma once
// Check of Redis: version, settings, and whether it accepts a write. Internal to lib/operations.
#include "config/config.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::cache {
class Cache;
}

namespace feedctl::operations {

void check_redis(Findings& findings, cache::Cache& cache, const config::RedisConfig& config);

}  // namespace feedctl::operations
