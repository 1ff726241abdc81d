#pragma once
// Retry and removal of dead letters by an administrator, as the console and `feedctl dlq` do them.
// The audit log gets an entry in the same transaction. Thread-safe. Errors are those of the store.
#include "audit/audit.hpp"
#include "store/database.hpp"

namespace feedctl::admin {

// False: there is no such dead letter, or somebody else has retried or dropped it. Of concurrent
// calls for one letter, one returns true.
bool retry_dead_event(store::Database& database, std::int64_t id, const audit::Actor& by);
bool drop_dead_event(store::Database& database, std::int64_t id, const audit::Actor& by);

}  // namespace feedctl::admin
