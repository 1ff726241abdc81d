#pragma once
// The generic cell rate algorithm (ITU-T I.371, virtual scheduling) on one bucket. A bucket is its
// theoretical arrival time (TAT): the time at which all of its burst is allowed again. gcra_script
// does the same in Redis. Times are microseconds of one clock. Plain values and pure functions.
#include <algorithm>
#include <cstdint>

namespace feedctl::rate_limit {

struct GcraRate {
  std::int64_t interval_us = 1;  // between requests in the long run
  std::int64_t burst = 1;

  std::int64_t capacity_us() const { return interval_us * burst; }
};

// A bucket after a request was counted or refused.
struct BucketState {
  std::int64_t wait_us = 0;    // until the request is allowed; 0: it was
  std::int64_t remaining = 0;  // requests that are allowed at once
  std::int64_t reset_us = 0;   // until the whole burst is allowed
};

// The TAT as the algorithm uses it. A clock that was set back, or a rate that became smaller, must
// not refuse for longer than a burst takes.
inline std::int64_t bounded_tat(std::int64_t tat, const GcraRate& rate, std::int64_t now) {
  return std::clamp(tat, now, now + rate.capacity_us());
}

inline std::int64_t wait_of(std::int64_t tat, const GcraRate& rate, std::int64_t now) {
  return std::max<std::int64_t>(0, tat + rate.interval_us - rate.capacity_us() - now);
}

inline BucketState state_of(std::int64_t tat, const GcraRate& rate, std::int64_t now,
                            std::int64_t wait_us) {
  return {wait_us, (now + rate.capacity_us() - tat) / rate.interval_us, tat - now};
}

}  // namespace feedctl::rate_limit
