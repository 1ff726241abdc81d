#pragma once
// The newest posts of many authors: the page can only come from those whose newest post is among
// the newest, so one nth_element picks them and a heap merges their lists. Should their posts turn
// out to be removed or unseen, the other authors join. Bounds are never too low, so the result is
// exact.
#include <cstdint>
#include <span>
#include <vector>

#include "index/accounts.hpp"
#include "index/author_posts.hpp"
#include "index/index.hpp"

namespace feedctl::index {

// What one reader sees.
struct View {
  const Accounts& accounts;
  const Segments<Id>& ids;
  const Segments<std::atomic<std::uint32_t>>& removed;
  std::uint32_t posts;     // numbers below are visible
  std::uint32_t removals;  // numbers up to this have happened
  Id floor;

  bool gone(std::uint32_t removal) const { return removal != 0 && removal <= removals; }
  bool shows(std::uint32_t post) const { return post < posts && !gone(removed[post].load()); }
};

// Appends to `items` up to `limit` posts below id `before`, newest first. Needs a pin.
void merge(const View& view, std::span<const Ordinal> authors, Ordinal self, Id before,
           std::size_t limit, std::vector<Item>& items);

}  // namespace feedctl::index
