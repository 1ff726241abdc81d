#pragma once
// Bounds of what a Redis has lost that was killed, emptied, restored or replaced. Pure functions.
//
// How many counters Redis has lost is unknown: nothing outlives it that has counted them. Of which
// time they are is known. What was recorded before the last flush is in PostgreSQL, and a crash
// takes only writes that are younger than the durability horizon.
#include <chrono>
#include <optional>

#include "views/counter_buffer.hpp"

namespace feedctl::views {

// Whether another server answers than at the last flush: Redis was started anew, or a replica has
// taken over.
bool is_replaced(const ServerState& server);

// The longest time, before Redis was started or emptied, whose counters may be lost. nullopt: it is
// unknown. All times are since 1970, by the clock of Redis.
// `settled`: counters from before are in PostgreSQL, or Redis still has them; 0: unknown.
// `horizon`: a restart has lost no older writes; nullopt: it may have lost everything.
std::optional<std::chrono::milliseconds> lost_window(
    const ServerState& server, std::chrono::milliseconds settled,
    std::optional<std::chrono::milliseconds> horizon);

}  // namespace feedctl::views
