#include "index/follow_set.hpp"

#include <algorithm>
#include <limits>
#include <new>

#include "index/slabs.hpp"

namespace feedctl::index {

FollowSet* FollowSet::make(Accounts& accounts, const Follows& follows) {
  FollowSet shape;
  shape.count = static_cast<std::uint32_t>(follows.followees.size());
  shape.older_count = static_cast<std::uint16_t>(
      std::min<std::size_t>(follows.older.size(), std::numeric_limits<std::uint16_t>::max()));
  auto* set = new (slabs::take(shape.bytes())) FollowSet;
  set->count = shape.count;
  set->older_count = shape.older_count;
  set->whole = follows.whole && set->older_count == follows.older.size();
  for (std::uint32_t i = 0; i < set->count; ++i) {
    set->followees()[i] = accounts.intern(follows.followees[i]);
  }
  for (std::uint32_t i = 0; i < set->older_count; ++i) {
    const auto& post = follows.older[i];
    set->older()[i] = {post.id, accounts.intern(post.author)};
  }
  return set;
}

void FollowSet::drop(void* what) {
  if (what) slabs::give(what, static_cast<FollowSet*>(what)->bytes());
}

}  // namespace feedctl::index
