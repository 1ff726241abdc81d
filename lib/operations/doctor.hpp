#pragma once
// All checks of `feedctl doctor`: configuration, PostgreSQL, Redis, sign-in, media and disk.
// It changes nothing but for a probe object of media, which it removes again.
//
// An Error of a check becomes a finding, so the call throws none. Call it from one thread.
#include "config/load.hpp"
#include "operations/doctor_checks.hpp"

namespace feedctl::store {
class Database;
}

namespace feedctl::cache {
class Cache;
}

namespace feedctl::operations {

Findings run_doctor(const config::LoadedConfig& loaded, store::Database& database,
                    cache::Cache& cache, const DoctorOptions& options);

}  // namespace feedctl::operations
