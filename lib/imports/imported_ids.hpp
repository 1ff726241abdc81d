#pragma once
// Ids and hashes of imported posts. Ids order posts, and begin in 2025, so older posts need a place
// of their own among them. Pure functions.
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace feedctl::imports {

// The oldest time that a post may have: 2000-01-01T00:00:00Z.
inline constexpr std::int64_t min_post_ms = 946'684'800'000;

// The first id for a post of this time, with the bulk node. Later times never have lower ids. Times
// before 2025 share the ids of 2025-01-01, one for each 72 ms; the first two days of 2025 share
// those of 2025-01-02; later times have their own.
Id first_id_of(Time at);

// The next id with the bulk node.
Id next_bulk_id(Id id);

// The first 128 bits of a SHA-256, in hex: equal for the same post of the same account only.
std::string post_hash_of(std::string_view network, std::string_view account, std::string_view post);

}  // namespace feedctl::imports
