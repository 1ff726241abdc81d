#pragma once
// Whom a user follows, as it was loaded, in one piece of memory. Immutable but for `used`.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/accounts.hpp"

namespace feedctl::index {

// A post below the index's floor.
struct OlderPost {
  Id id;
  Ordinal author;
};

// What a load has found, all in one snapshot.
struct Follows {
  std::vector<Id> followees;
  // The newest posts of the feed below the floor, descending, where memory alone is less than a
  // page.
  struct Older {
    Id id;
    Id author;
  };
  std::vector<Older> older;
  bool whole = false;  // nothing lies below `older`
};

struct FollowSet {
  std::uint64_t from = 0;    // the version of the index that covered the load
  std::uint32_t floors = 0;  // how often the floor had been raised when the load began,
  std::uint32_t below = 0;   // and the last change below it that it saw
  std::uint32_t count = 0;
  std::uint16_t older_count = 0;
  bool whole = false;
  mutable std::atomic<bool> used{true};  // since the evicting hand passed

  const OlderPost* older() const { return reinterpret_cast<const OlderPost*>(this + 1); }
  OlderPost* older() { return reinterpret_cast<OlderPost*>(this + 1); }
  const Ordinal* followees() const {
    return reinterpret_cast<const Ordinal*>(older() + older_count);
  }
  Ordinal* followees() { return reinterpret_cast<Ordinal*>(older() + older_count); }
  std::size_t bytes() const {
    return sizeof(FollowSet) + older_count * sizeof(OlderPost) + count * sizeof(Ordinal);
  }

  // Makes the accounts known that are not. At most 65,535 older posts count.
  static FollowSet* make(Accounts& accounts, const Follows& follows);
  static void drop(void* what);
};

}  // namespace feedctl::index
