#pragma once
// Rows of one post for its author's next followers, in the caller's unit. Idempotent.
#include "events/unit.hpp"
#include "feed/rows.hpp"

namespace feedctl::feed {

// For at most `most` followers above `after`, by id; looks at fewer where there are no more. Uses
// the unit's savepoint.
Looked fan_out(events::Unit& unit, Id post, Id after, int most);

}  // namespace feedctl::feed
