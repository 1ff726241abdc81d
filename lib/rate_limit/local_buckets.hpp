#pragma once
// Buckets in the memory of this process, in a table of fixed size that evicts (64 k buckets,
// 1 MiB). A key finds its bucket in one of eight slots. If all eight are in use, a new key takes
// the slot of the bucket that is the soonest to be full: as a new bucket, or with its state where
// the caller prefers a refusal. Two keys with one 64-bit hash share a bucket; the hash has a
// secret seed. Thread-safe: one lock, held for less than a microsecond.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "rate_limit/gcra.hpp"

namespace feedctl::rate_limit {

class LocalBuckets {
 public:
  using Clock = std::function<std::int64_t()>;  // microseconds, never back

  // `slots` counts in eights. The default clock is the steady one.
  explicit LocalBuckets(std::size_t slots = 65536, Clock clock = nullptr);

  struct Charge {
    std::string_view key;
    GcraRate rate;
    bool inherits_when_full = false;  // takes the slot of another key with its state
  };
  static constexpr std::size_t max_charges = 2;
  // Counts one request in up to max_charges buckets, or in none where one refuses. Fills one
  // element of `states` for each.
  void charge(std::span<const Charge> charges, std::span<BucketState> states);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::int64_t tat = 0;
  };
  static constexpr std::size_t slots_per_set = 8;

  std::uint64_t hash_of(std::string_view key) const;
  // `taken`: the slot of the same request's other key, or nullptr.
  Slot& find_slot(const Charge& charge, std::int64_t now, const Slot* taken);

  const Clock clock_;
  const std::uint64_t seed_;
  std::mutex mutex_;
  std::vector<Slot> slots_;  // guarded by mutex_
};

}  // namespace feedctl::rate_limit
