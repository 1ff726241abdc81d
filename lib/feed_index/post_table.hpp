#pragma once
// The posts in memory, by 4-byte ordinals in order of arrival. Ordinals are never reused.
//
// One writer changes the table. The arrays are for readers too, who hold a guard.
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/ids.hpp"
#include "concurrent/epoch_reclaimer.hpp"
#include "concurrent/segmented_array.hpp"

namespace feedctl::feed_index {

class PostTable {
 public:
  explicit PostTable(concurrent::EpochReclaimer& epochs) : epochs_(epochs) {}

  concurrent::SegmentedArray<Id> ids;
  concurrent::SegmentedArray<std::atomic<std::uint32_t>>
      removed;  // the number of the removal; 0: living

  // -- the writer
  std::uint32_t add(Id post);
  std::uint32_t next_ordinal() const { return next_ordinal_; }
  // Posts below `floor` no longer count.
  void raise_floor(Id floor);
  // Frees the memory of posts below `floor`, from the first ordinals on. No list holds them.
  void free_below(Id floor);
  // Of the posts that count, removed ones included: number, lowest and highest id (0: no post), and
  // approximately the n-th newest id.
  std::uint32_t count() const { return count_; }
  Id oldest() const { return oldest_; }
  Id newest() const { return newest_; }
  Id nth_newest(std::uint32_t n) const;

 private:
  std::uint32_t first_ordinal() const;

  concurrent::EpochReclaimer& epochs_;
  std::uint32_t next_ordinal_ = 0;
  std::uint32_t count_ = 0;
  Id oldest_ = 0, newest_ = 0;
  std::size_t freed_segments_ = 0;
};

}  // namespace feedctl::feed_index
