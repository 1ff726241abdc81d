#pragma once
// Chooses the index floor, the lowest post id in memory, by a maximum age and a maximum count.
//
// This host's clock may be wrong for a while. Therefore the newest known post bounds the age, and
// is_too_high() reports a floor that a fast clock raised too far. Not thread-safe.
#include <chrono>
#include <cstddef>
#include <optional>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "feed_index/feed_index.hpp"

namespace feedctl::feed_index {

class FloorPolicy {
 public:
  FloorPolicy(std::chrono::hours max_age, std::size_t max_posts)
      : max_age_(max_age), max_posts_(max_posts) {}

  // The lowest id of a post within the maximum age.
  Id min_id_by_age(Time now) const { return make_id(now - max_age_, 0, 0); }
  std::size_t max_posts() const { return max_posts_; }

  // A load begins at `floor`; the age alone would allow `floor_by_age`.
  void on_load(Id floor_by_age, Id floor);
  // The higher floor that the index needs, if any. It rises in steps of an hour, or of a tenth of
  // the posts.
  std::optional<Id> next_floor(const FeedIndex& index, Time now);
  // A fast clock set the floor: memory lacks posts that are recent, so the index must reload.
  bool is_too_high(Time now) const;

 private:
  const std::chrono::hours max_age_;
  const std::size_t max_posts_;
  Id floor_ = 0;
  Id max_floor_by_age_ = 0;  // the highest floor that the clock has required
};

}  // namespace feedctl::feed_index
