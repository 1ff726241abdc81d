#pragma once
// Ids of users, posts and media: milliseconds since 2025-01-01T00:00:00Z << 12 | node << 7 |
// sequence (41 + 5 + 7 bits, below 2^53, so they are safe as JSON numbers). The database makes them
// one by one (feedctl_next_id()); bulk loads make them here, with node 31. Pure functions.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace feedctl {

using Id = std::int64_t;

inline constexpr std::int64_t id_epoch_ms = 1735689600000;  // 2025-01-01T00:00:00Z
inline constexpr int bulk_node = 31;
inline constexpr int shard_count = 1024;

// sequence 0..127, node 0..31; a time before the epoch counts as the epoch.
Id make_id(Time at, int node, int sequence);
Time time_of_id(Id id);
// Whether a bulk load made the id. The user or post may be much older than its event.
bool is_bulk_id(Id id);

// The logical shard (0..1023) of a user: the same function as SQL's feedctl_shard(bigint).
int shard_of(Id id);

// A decimal id in its canonical form: 1 .. 2^63-1, no sign, no leading zero, no space.
std::optional<Id> parse_id(std::string_view text);

// A UUIDv7 (RFC 9562) in its usual text form: ids of commands and requests.
std::string make_uuid_v7();
// From 128 random bits of the caller, for ids that may be guessable.
std::string make_uuid_v7(std::uint64_t random_high, std::uint64_t random_low);

}  // namespace feedctl
