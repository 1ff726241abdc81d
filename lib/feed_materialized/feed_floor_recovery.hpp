#pragma once
// Repairs the feed floor, the post id from which on the materialized rows are complete, after a
// clock that was ahead raised it too far.
// Any number of processes may call both functions at once. Errors as of store::Database.
#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::feed_materialized {

// Lowers a feed floor that lies above what is `rows_days` old at `now`. Posts made meanwhile have
// no rows, so all rows are refilled: of every user with `keeps_all`, else of users who read again.
// True if the feed floor was too high.
bool lower_feed_floor(store::Database& database, int rows_days, bool keeps_all, Time now);

// For installations that keep rows of every user: continues a refill that lower_feed_floor() or its
// process did not finish. At most 100,000 users per call.
void refill_all(store::Database& database);

}  // namespace feedctl::feed_materialized
