#pragma once
// Rows of one post for its author's next followers, in the caller's unit. Idempotent.
#include "events/unit.hpp"

namespace feedctl::feed {

struct FannedOut {
  std::int64_t followers = 0;  // looked at; less than asked for where there are no more
  Id last = 0;                 // of them
};

// For at most `most` followers above `after`, by id. Uses the unit's savepoint.
FannedOut fan_out(events::Unit& unit, Id post, Id after, int most);

}  // namespace feedctl::feed
