#pragma once
// A bounded set-associative cache by id with CLOCK eviction (second chance).
//
// Each id has eight ways on two cache lines (Hennessy and Patterson, "Computer Architecture",
// app. B). Readers are lock-free and hold an epoch guard; writers lock one of 64 stripes. Untouched
// groups take no memory.
//
// T has `Id id`, `mutable std::atomic<bool> used`, `std::size_t bytes() const` and
// `static void drop(void*)`, which frees it.
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "base/ids.hpp"
#include "concurrent/epoch_reclaimer.hpp"
#include "concurrent/segmented_array.hpp"

namespace feedctl::concurrent {

template <typename T>
class ClockCache {
 public:
  // Holds about `max_bytes`, in values of about `expected_item_bytes`. `epochs` must outlive it.
  ClockCache(EpochReclaimer& epochs, std::size_t max_bytes, std::size_t expected_item_bytes)
      : epochs_(epochs),
        max_bytes_(max_bytes),
        shift_(64 - std::countr_zero(group_count_for(max_bytes, expected_item_bytes))) {
    for (std::uint32_t g = 0; g < group_count(); g += SegmentedArray<Group>::segment_length) {
      groups_.ensure(g);
    }
  }
  ~ClockCache() {
    for (std::uint32_t g = 0; g < group_count(); ++g) {
      for (auto& way : groups_[g].values) {
        if (T* value = way.load()) T::drop(value);
      }
    }
  }
  ClockCache(const ClockCache&) = delete;
  ClockCache& operator=(const ClockCache&) = delete;

  // A batched lookup overlaps cache misses in three rounds: prefetch() for all ids, then
  // find_speculative() for all, then validate() for all.
  void prefetch(Id id) const {
    const auto& group = groups_[group_of(id)];
    __builtin_prefetch(&group.ids);
    __builtin_prefetch(&group.values);
  }
  const T* find_speculative(Id id) const {
    const auto& group = groups_[group_of(id)];
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i].load(std::memory_order_relaxed) != id) continue;
      if (const T* value = group.values[i].load()) {
        __builtin_prefetch(value);
        return value;
      }
    }
    return nullptr;
  }
  static const T* validate(Id id, const T* candidate) {
    if (candidate == nullptr || candidate->id != id) return nullptr;
    if (!candidate->used.load(std::memory_order_relaxed)) candidate->used = true;
    return candidate;
  }
  // nullptr: not cached. The value is valid as long as the caller's guard.
  const T* find(Id id) const { return validate(id, find_speculative(id)); }

  // Takes ownership of `value`, which replaces the cached value of its id.
  void insert(T* value) {
    const auto g = group_of(value->id);
    {
      const std::lock_guard lock(mutex_of(g));
      auto& group = groups_[g];
      const auto way = find_way(group, value->id);
      evict_way(group, way);
      group.values[way] = value;
      group.ids[way] = value->id;
      bytes_ += value->bytes();
      ++count_;
    }
    for (std::uint32_t n = 0; bytes_ > max_bytes_ && n < group_count(); ++n) evict_next();
  }

  void erase(Id id) {
    const auto g = group_of(id);
    const std::lock_guard lock(mutex_of(g));
    auto& group = groups_[g];
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i] == id) evict_way(group, i);
    }
  }

  void clear() {
    for (std::uint32_t g = 0; g < group_count(); ++g) {
      const std::lock_guard lock(mutex_of(g));
      for (std::size_t i = 0; i < ways; ++i) {
        // A write to an empty way would allocate its page.
        if (groups_[g].ids[i] != 0) evict_way(groups_[g], i);
      }
    }
  }

  std::size_t count() const { return count_; }
  std::size_t bytes() const { return bytes_; }

 private:
  static constexpr std::size_t ways = 8;
  struct alignas(64) Group {
    std::array<std::atomic<Id>, ways> ids;
    std::array<std::atomic<T*>, ways> values;
  };

  // A full cache has half of its ways free, so that few groups overflow.
  static std::uint64_t group_count_for(std::size_t max_bytes, std::size_t expected_item_bytes) {
    return std::bit_ceil(std::max<std::uint64_t>(max_bytes / expected_item_bytes * 2 / ways, 2));
  }
  std::uint32_t group_count() const { return std::uint32_t{1} << (64 - shift_); }
  std::uint32_t group_of(Id id) const {  // Fibonacci hashing (Knuth, vol. 3, 6.4)
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U >>
                                      shift_);
  }
  std::mutex& mutex_of(std::uint32_t group) { return mutexes_[group % mutexes_.size()]; }

  // The way of the id, else a free way, else that of a value not used lately.
  static std::size_t find_way(Group& group, Id id) {
    std::size_t free = ways;
    for (std::size_t i = 0; i < ways; ++i) {
      if (group.ids[i] == id) return i;
      if (group.ids[i] == 0) free = i;
    }
    if (free < ways) return free;
    for (std::size_t i = 0; i < ways; ++i) {
      if (!group.values[i].load()->used.exchange(false)) return i;
    }
    return static_cast<std::size_t>(id) % ways;
  }
  void evict_way(Group& group, std::size_t way) {
    T* value = group.values[way].exchange(nullptr);
    group.ids[way] = 0;
    if (value == nullptr) return;
    bytes_ -= value->bytes();
    --count_;
    epochs_.retire(value, T::drop);
  }
  void evict_next() {
    const auto g = clock_hand_++ % group_count();
    const std::lock_guard lock(mutex_of(g));
    auto& group = groups_[g];
    for (std::size_t i = 0; i < ways; ++i) {
      T* value = group.values[i];
      if (value != nullptr && !value->used.exchange(false)) evict_way(group, i);
    }
  }

  EpochReclaimer& epochs_;
  const std::size_t max_bytes_;
  const int shift_;
  SegmentedArray<Group> groups_;
  std::array<std::mutex, 64> mutexes_;
  std::atomic<std::uint32_t> clock_hand_{0};
  std::atomic<std::size_t> bytes_{0}, count_{0};
};

}  // namespace feedctl::concurrent
