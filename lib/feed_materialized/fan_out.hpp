#pragma once
// Fan-out on write: adds the rows of one post for its author's next followers, in the caller's unit
// of work. Idempotent. Errors as of store::WriteTx.
#include "events/unit_of_work.hpp"
#include "feed_materialized/materialized_writer.hpp"

namespace feedctl::feed_materialized {

// For at most `max_followers` followers above `after`, by id. Uses the unit's savepoint.
ChunkProgress fan_out_post(events::UnitOfWork& unit, Id post, Id after, int max_followers);

}  // namespace feedctl::feed_materialized
