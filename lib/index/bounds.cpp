#include "index/bounds.hpp"

#include <algorithm>

namespace feedctl::index {

namespace {

constexpr std::chrono::hours step{1};

}  // namespace

void Bounds::begin(Id oldest, Id floor) {
  by_age_ = oldest;
  floor_ = floor;
}

std::optional<Id> Bounds::raised(const Index& index, Time now) {
  const Id before = floor_;
  if (index.posts_kept() > 0) {
    const Id by_age = std::min(oldest(now), oldest(time_of_id(index.newest_post())));
    if (time_of_id(by_age) - time_of_id(index.oldest_post()) >= step) {
      by_age_ = std::max(by_age_, by_age);
      floor_ = std::max(floor_, by_age);
    }
  }
  if (index.posts_kept() > most_posts_) {
    const auto stay = static_cast<std::uint32_t>(most_posts_ * 9 / 10);
    floor_ = std::max(floor_, index.nth_newest(stay));
  }
  return floor_ > before ? std::optional(floor_) : std::nullopt;
}

bool Bounds::too_high(Time now) const {
  return floor_ == by_age_ && time_of_id(floor_) - time_of_id(oldest(now)) >= step;
}

}  // namespace feedctl::index
