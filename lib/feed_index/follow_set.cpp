#include "feed_index/follow_set.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include "concurrent/slab_allocator.hpp"

namespace feedctl::feed_index {

FollowSet* FollowSet::make(AccountTable& accounts, const Follows& follows) {
  FollowSet layout;
  layout.followee_count = static_cast<std::uint32_t>(follows.followees.size());
  layout.older_count = static_cast<std::uint16_t>(
      std::min<std::size_t>(follows.older.size(), std::numeric_limits<std::uint16_t>::max()));
  auto* set = new (concurrent::slab_allocator::allocate(layout.bytes())) FollowSet;
  set->followee_count = layout.followee_count;
  set->older_count = layout.older_count;
  set->is_complete = follows.is_complete && set->older_count == follows.older.size();
  for (std::uint32_t i = 0; i < set->followee_count; ++i) {
    set->followees()[i] = accounts.intern(follows.followees[i]);
  }
  for (std::uint32_t i = 0; i < set->older_count; ++i) {
    const auto& post = follows.older[i];
    set->older()[i] = {post.id, accounts.intern(post.author)};
  }
  return set;
}

void FollowSet::drop(void* set) {
  if (set) concurrent::slab_allocator::deallocate(set, static_cast<FollowSet*>(set)->bytes());
}

}  // namespace feedctl::feed_index
