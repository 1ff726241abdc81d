#include "feed_index/hidden_posts.hpp"

#include <algorithm>
#include <utility>

namespace feedctl::feed_index {

void HiddenPosts::set(Id post, bool hidden) {
  const bool is_listed = std::binary_search(published_->begin(), published_->end(), post);
  if (hidden == is_listed)
    unpublished_.erase(post);
  else
    unpublished_[post] = hidden;
}

const HiddenPosts::List& HiddenPosts::publish(Id floor) {
  if (unpublished_.empty()) return published_;
  std::vector<Id> posts;
  for (const auto post : *published_) {
    if (post >= floor && unpublished_.count(post) == 0) posts.push_back(post);
  }
  const auto kept = static_cast<std::ptrdiff_t>(posts.size());
  for (const auto& [post, hidden] : std::exchange(unpublished_, {})) {
    if (hidden && post >= floor) posts.push_back(post);
  }
  std::inplace_merge(posts.begin(), posts.begin() + kept, posts.end());
  return published_ = std::make_shared<const std::vector<Id>>(std::move(posts));
}

}  // namespace feedctl::feed_index
