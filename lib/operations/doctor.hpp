#pragma once
// All checks of `feedctl doctor`: configuration, PostgreSQL, Redis, sign-in, media and disk.
// It changes nothing but for a probe object of media, which it removes again.
//
// An Error of a check becomes a finding, so the call throws none. Call it from one thread.
#include <string>

#include "config/load.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::cache {
class Cache;
}

namespace feedctl::operations {

// `disk_dir`: where the cost of a commit and the free space are measured.
Findings run_doctor(const config::LoadedConfig& loaded, store::Database& database,
                    cache::Cache& cache, const std::string& disk_dir);

}  // namespace feedctl::operations
