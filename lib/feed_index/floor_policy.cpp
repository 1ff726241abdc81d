#include "feed_index/floor_policy.hpp"

#include <algorithm>

namespace feedctl::feed_index {

namespace {

constexpr std::chrono::hours step{1};

}  // namespace

void FloorPolicy::on_load(Id floor_by_age, Id floor) {
  max_floor_by_age_ = floor_by_age;
  floor_ = floor;
}

std::optional<Id> FloorPolicy::next_floor(const FeedIndex& index, Time now) {
  const Id previous = floor_;
  if (index.post_count() > 0) {
    const Id by_age = std::min(min_id_by_age(now), min_id_by_age(time_of_id(index.newest_post())));
    if (time_of_id(by_age) - time_of_id(index.oldest_post()) >= step) {
      max_floor_by_age_ = std::max(max_floor_by_age_, by_age);
      floor_ = std::max(floor_, by_age);
    }
  }
  if (index.post_count() > max_posts_) {
    const auto kept_posts = static_cast<std::uint32_t>(max_posts_ * 9 / 10);
    floor_ = std::max(floor_, index.nth_newest(kept_posts));
  }
  return floor_ > previous ? std::optional(floor_) : std::nullopt;
}

bool FloorPolicy::is_too_high(Time now) const {
  return floor_ == max_floor_by_age_ && time_of_id(floor_) - time_of_id(min_id_by_age(now)) >= step;
}

}  // namespace feedctl::feed_index
