#include "rate_limit/local_buckets.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <random>

namespace feedctl::rate_limit {

namespace {

std::int64_t steady_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::uint64_t random_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

// The finalizer of MurmurHash3.
std::uint64_t mixed(std::uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33);
}

}  // namespace

LocalBuckets::LocalBuckets(std::size_t slots, Clock clock)
    : clock_(clock ? std::move(clock) : Clock(steady_us)),
      seed_(random_seed()),
      slots_(std::max(slots / slots_per_set, std::size_t{1}) * slots_per_set) {}

std::uint64_t LocalBuckets::hash_of(std::string_view key) const {
  std::uint64_t hash = seed_;
  for (const char c : key) hash = mixed(hash ^ static_cast<unsigned char>(c));
  return hash;
}

LocalBuckets::Slot& LocalBuckets::find_slot(const Charge& charge, std::int64_t now,
                                            const Slot* taken) {
  const auto hash = hash_of(charge.key);
  auto* const set = &slots_[hash % (slots_.size() / slots_per_set) * slots_per_set];
  Slot* soonest = nullptr;
  for (auto* slot = set; slot != set + slots_per_set; ++slot) {
    if (slot->hash == hash) return *slot;
    if (slot != taken && (soonest == nullptr || slot->tat < soonest->tat)) soonest = slot;
  }
  const bool inherits = charge.inherits_when_full && soonest->tat > now;
  *soonest = {hash, inherits ? soonest->tat : now};
  return *soonest;
}

void LocalBuckets::charge(std::span<const Charge> charges, std::span<BucketState> states) {
  std::array<Slot*, max_charges> slots{};
  std::array<std::int64_t, max_charges> tats{}, waits{};
  const std::lock_guard lock(mutex_);
  const auto now = clock_();
  bool is_allowed = true;
  for (std::size_t i = 0; i < charges.size(); ++i) {
    slots[i] = &find_slot(charges[i], now, slots[0]);
    tats[i] = bounded_tat(slots[i]->tat, charges[i].rate, now);
    waits[i] = wait_of(tats[i], charges[i].rate, now);
    is_allowed = is_allowed && waits[i] == 0;
  }
  for (std::size_t i = 0; i < charges.size(); ++i) {
    if (is_allowed) slots[i]->tat = tats[i] += charges[i].rate.interval_us;
    states[i] = state_of(tats[i], charges[i].rate, now, waits[i]);
  }
}

}  // namespace feedctl::rate_limit
