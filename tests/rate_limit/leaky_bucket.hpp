#pragma once
// The reference for both kinds of buckets: the generic cell rate algorithm in its other form, the
// continuous-state leaky bucket (ITU-T I.371). One thread.
#include <algorithm>
#include <vector>

#include "rate_limit/gcra.hpp"

namespace feedctl::test {

using rate_limit::BucketState;
using rate_limit::GcraRate;

class LeakyBucket {
 public:
  explicit LeakyBucket(GcraRate rate) : rate_(rate) {}

  bool has_room(std::int64_t now) const {
    return level_at(now) <= rate_.interval_us * (rate_.burst - 1);
  }
  void pour(std::int64_t now) {
    level_ = level_at(now) + rate_.interval_us;
    at_ = now;
  }
  // `had_room`: before it was poured into, if it was.
  BucketState state(std::int64_t now, bool had_room, std::int64_t level_before) const {
    BucketState state;
    const auto full = rate_.interval_us * rate_.burst;
    if (!had_room) state.wait_us = level_before - (full - rate_.interval_us);
    state.reset_us = level_at(now);
    while (state.reset_us + (state.remaining + 1) * rate_.interval_us <= full) ++state.remaining;
    return state;
  }
  // It leaks one microsecond's worth a microsecond, and holds no more than its burst.
  std::int64_t level_at(std::int64_t now) const {
    return std::clamp<std::int64_t>(level_ - (now - at_), 0, rate_.interval_us * rate_.burst);
  }

 private:
  const GcraRate rate_;
  std::int64_t level_ = 0;
  std::int64_t at_ = 0;
};

// A request counts in all buckets or in none.
inline std::vector<BucketState> charge(std::vector<LeakyBucket>& buckets, std::int64_t now) {
  const bool is_allowed = std::all_of(buckets.begin(), buckets.end(),
                                      [&](const auto& bucket) { return bucket.has_room(now); });
  std::vector<BucketState> states;
  for (auto& bucket : buckets) {
    const bool had_room = bucket.has_room(now);
    const auto level = bucket.level_at(now);
    if (is_allowed) bucket.pour(now);
    states.push_back(bucket.state(now, had_room, level));
  }
  return states;
}

}  // namespace feedctl::test
