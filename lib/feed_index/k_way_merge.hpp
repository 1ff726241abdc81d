#pragma once
// The newest posts of many authors, by a k-way merge of their lists with a heap.
//
// A page can only come from the authors with the newest posts, so nth_element selects them first,
// and others in the place of hidden ones. If their posts turn out to be removed or invisible, the
// remaining authors join. The bounds are never too low, so the result is exact.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "feed_index/account_table.hpp"
#include "feed_index/author_posts.hpp"
#include "feed_index/feed_index.hpp"
#include "feed_index/post_table.hpp"

namespace feedctl::feed_index {

// What one read sees of the index.
struct ReadView {
  const AccountTable& accounts;
  const PostTable& table;
  std::uint32_t posts;         // ordinals below are visible
  std::uint32_t removals;      // removals up to this number have happened
  std::uint32_t suspensions;   // and changes of suspensions
  std::span<const Id> hidden;  // posts that moderators have hidden, ascending
  Id floor;

  bool is_removed(std::uint32_t removal) const { return removal != 0 && removal <= removals; }
  // Whether the account is removed or suspended.
  bool is_hidden(Ordinal account) const {
    const auto& losses = accounts.removals[account];
    return is_removed(losses.removed_at.load()) || is_suspended(losses.suspension.load());
  }
  // A later change ended the opposite state.
  bool is_suspended(std::uint32_t change) const {
    return change != 0 && (((change & 1) != 0) == (change >> 1 <= suspensions));
  }
  bool is_visible(std::uint32_t post) const {
    return post < posts && !is_removed(table.removed[post].load()) &&
           (hidden.empty() || !std::binary_search(hidden.begin(), hidden.end(), table.ids[post]));
  }
};

// Appends to `items` up to `limit` posts below id `before`, newest first. Needs a guard.
void k_way_merge(const ReadView& view, std::span<const Ordinal> authors, Ordinal self, Id before,
                 std::size_t limit, std::vector<Item>& items);

}  // namespace feedctl::feed_index
