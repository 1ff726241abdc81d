#pragma once
// The changes of suspensions that no publication shows yet. publish() changes the state of an
// account at most once. Therefore readers of the publication before, who meet a change with a
// higher number than theirs, know the state before it. Only the writer uses this.
#include <cstdint>
#include <map>
#include <utility>

#include "feed_index/account_table.hpp"

namespace feedctl::feed_index {

class Suspensions {
 public:
  // The last call for an account counts.
  void set(Ordinal account, bool suspended) { unpublished_[account] = suspended; }
  // Call it before the publication. Returns the number of the last change.
  std::uint32_t publish(AccountTable& accounts) {
    for (const auto& [account, suspended] : std::exchange(unpublished_, {})) {
      auto& state = accounts.removals[account].suspension;
      const std::uint32_t bit = suspended ? 1 : 0;
      if ((state.load(std::memory_order_relaxed) & 1) != bit) state.store(++changes_ << 1 | bit);
    }
    return changes_;
  }

 private:
  std::map<Ordinal, bool> unpublished_;
  std::uint32_t changes_ = 0;
};

}  // namespace feedctl::feed_index
