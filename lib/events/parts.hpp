#pragma once
// The partitions of the event log beside events.hpp: whether one takes an event of now, and what
// makes and removes them by a time that the caller trusts.
#include <chrono>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::events {

// Whether an event of now has a part to go to: else every write fails.
bool takes_events(store::Database& database);

// make_parts() where they do not reach so far, which is looked up. The metric tells afterwards.
void look_at_parts(store::Database& database, int ahead);

// Drops the log's oldest part where at `now` it is older than `keep`, the newest event in the log
// says so, too, and every reader has passed it.
void retire_part(store::Database& database, std::chrono::milliseconds keep, Time now);

}  // namespace feedctl::events
