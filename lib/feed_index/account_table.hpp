#pragma once
// The accounts known to the index, each with a 4-byte ordinal. Ordinals are never reused.
// find() needs an epoch guard; any thread.
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/ids.hpp"
#include "concurrent/epoch_reclaimer.hpp"
#include "concurrent/segmented_array.hpp"

namespace feedctl::feed_index {

using Ordinal = std::uint32_t;

struct AuthorPosts;
struct FollowSet;

class AccountTable {
 public:
  // Versions of what an account lost, by counters that only grow; 0: nothing.
  struct Removals {
    std::atomic<std::uint32_t> removed_at;           // the removal of the account
    std::atomic<std::uint32_t> below_floor_version;  // its last removed post below the floor
    // Twice the number of the last change of its suspension, plus one if that suspended it.
    std::atomic<std::uint32_t> suspension;
  };

  explicit AccountTable(concurrent::EpochReclaimer& epochs);
  ~AccountTable();

  // Needs a guard.
  std::optional<Ordinal> find(Id id) const;
  // Any thread. Throws std::bad_alloc.
  Ordinal intern(Id id);
  Id id(Ordinal account) const { return ids_[account]; }
  std::uint32_t size() const { return size_.load(std::memory_order_acquire); }

  // By account; FeedIndex says which thread writes.
  concurrent::SegmentedArray<std::atomic<Id>> newest_post;           // 0: no post in memory
  concurrent::SegmentedArray<std::atomic<AuthorPosts*>> post_lists;  // nullptr: none
  concurrent::SegmentedArray<Removals> removals;
  concurrent::SegmentedArray<std::atomic<FollowSet*>> follow_sets;  // nullptr: not loaded
  concurrent::SegmentedArray<std::atomic<std::uint32_t>>
      follows_generation;  // counts changes of the follows

 private:
  struct Table;
  static void insert_key(Table& table, Id id, Ordinal ordinal);
  void grow();

  concurrent::EpochReclaimer& epochs_;
  std::atomic<Table*> table_;
  concurrent::SegmentedArray<Id> ids_;
  std::atomic<std::uint32_t> size_{0};
  std::mutex mutex_;
};

}  // namespace feedctl::feed_index
