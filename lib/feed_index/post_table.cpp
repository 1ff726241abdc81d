#include "feed_index/post_table.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace feedctl::feed_index {

std::uint32_t PostTable::add(Id post) {
  const auto ordinal = next_ordinal_++;
  ids.ensure(ordinal);
  removed.ensure(ordinal);
  ids[ordinal] = post;
  ++count_;
  oldest_ = oldest_ == 0 ? post : std::min(oldest_, post);
  newest_ = std::max(newest_, post);
  return ordinal;
}

// The first ordinal whose segment is not freed.
std::uint32_t PostTable::first_ordinal() const {
  return static_cast<std::uint32_t>(freed_segments_ << concurrent::SegmentedArray<Id>::shift);
}

void PostTable::raise_floor(Id floor) {
  count_ = 0;
  oldest_ = 0;
  for (auto post = first_ordinal(); post < next_ordinal_; ++post) {
    const Id id = ids[post];
    if (id < floor) continue;
    ++count_;
    oldest_ = oldest_ == 0 ? id : std::min(oldest_, id);
  }
  if (count_ == 0) newest_ = 0;
}

// Sorts by id, since newer posts arrive before older ones during a load. Samples very many posts.
Id PostTable::nth_newest(std::uint32_t n) const {
  constexpr std::uint32_t max_samples = 1 << 16;
  if (n >= count_) return 0;
  const auto step = (next_ordinal_ - first_ordinal()) / max_samples + 1;
  std::vector<Id> sample;
  for (auto post = first_ordinal(); post < next_ordinal_;
       post += std::min(step, next_ordinal_ - post)) {
    sample.push_back(ids[post]);
  }
  const auto nth = sample.begin() + n / step;
  std::nth_element(sample.begin(), nth, sample.end(), std::greater<>());
  return *nth;
}

namespace {

// Releases the segment once no reader can hold a list with its posts.
template <typename T>
void retire_segment(concurrent::EpochReclaimer& epochs, concurrent::SegmentedArray<T>& segments,
                    std::size_t number) {
  struct RetiredSegment {
    concurrent::SegmentedArray<T>& segments;
    std::size_t number;
    ~RetiredSegment() { segments.release(number); }
  };
  epochs.retire(new RetiredSegment{segments, number});
}

}  // namespace

void PostTable::free_below(Id floor) {
  const auto whole = next_ordinal_ >> concurrent::SegmentedArray<Id>::shift;
  while (freed_segments_ < whole) {
    const auto first = first_ordinal();
    for (std::uint32_t i = 0; i < concurrent::SegmentedArray<Id>::segment_length; ++i) {
      if (ids[first + i] >= floor) return;
    }
    retire_segment(epochs_, ids, freed_segments_);
    retire_segment(epochs_, removed, freed_segments_);
    ++freed_segments_;
  }
}

}  // namespace feedctl::feed_index
