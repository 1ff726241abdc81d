#pragma once
// The lock of bulk loads, and the end of what a killed one has left on the server. Internal to
// lib/seed. Plain functions.
#include <memory>

#include "store/advisory_lock.hpp"
#include "store/database.hpp"

namespace feedctl::seed {

// Error(lock_held) while another load runs. It waits at most two seconds: the server may not have
// noticed yet that the session of a killed load is gone.
std::unique_ptr<store::AdvisoryLock> lock_loads(const store::Options& owner);

// Ends open transactions of a killed load, one of which might still commit a step. The caller has
// the lock. Error(lock_held) if one does not end within a minute.
void end_remains(store::Database& owner);

}  // namespace feedctl::seed
