#pragma once
// Deletes rows that nobody needs any more. Thread-safe; errors as of store::Database.
#include <cstddef>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::accounts {

// Deletes abandoned sign-ins, unused codes, and sessions that have ended. `now`: of a settled
// clock. Deletes a thousand rows a statement; returns their number.
std::size_t delete_expired_rows(store::Database& database, Time now);

}  // namespace feedctl::accounts
