#pragma once
// The accounts that a user follows, as loaded, in one memory block. Immutable except for `used`.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "feed_index/account_table.hpp"

namespace feedctl::feed_index {

// A post below the index floor.
struct OlderPost {
  Id id;
  Ordinal author;
};

// The result of a load of follows, read in one snapshot.
struct Follows {
  std::vector<Id> followees;
  // The newest posts of the feed below the floor, descending. Loaded if memory holds less than a
  // page.
  struct Older {
    Id id;
    Id author;
  };
  std::vector<Older> older;
  bool is_complete = false;  // the feed has no post below `older`
};

struct FollowSet {
  std::uint64_t loaded_at_version = 0;    // the publication that covered the load
  std::uint32_t floor_version = 0;        // raises of the floor before the load,
  std::uint32_t below_floor_version = 0;  // and the last change below it that the load saw
  std::uint32_t followee_count = 0;
  std::uint16_t older_count = 0;
  bool is_complete = false;
  mutable std::atomic<bool> used{true};  // since the clock hand passed

  const OlderPost* older() const { return reinterpret_cast<const OlderPost*>(this + 1); }
  OlderPost* older() { return reinterpret_cast<OlderPost*>(this + 1); }
  const Ordinal* followees() const {
    return reinterpret_cast<const Ordinal*>(older() + older_count);
  }
  Ordinal* followees() { return reinterpret_cast<Ordinal*>(older() + older_count); }
  std::size_t bytes() const {
    return sizeof(FollowSet) + older_count * sizeof(OlderPost) + followee_count * sizeof(Ordinal);
  }

  // Interns unknown accounts. Keeps at most 65,535 older posts.
  static FollowSet* make(AccountTable& accounts, const Follows& follows);
  static void drop(void* set);
};

}  // namespace feedctl::feed_index
