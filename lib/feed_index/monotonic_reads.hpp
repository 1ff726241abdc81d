#pragma once
// Monotonic reads per user (Terry et al., "Session guarantees", 1994): users to whom the definition
// has shown more than the index holds yet.
//
// The index serves such a user again once it covers what they saw. Nearly always empty; bounded by
// one common minimum beyond 100,000 users. Thread-safe.
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "events/pg_snapshot.hpp"

namespace feedctl::feed_index {

class MonotonicReads {
 public:
  static constexpr std::size_t max_users = 100'000;

  void require_at_least(Id user, const events::PgSnapshot& snapshot) {
    const std::lock_guard lock(mutex_);
    if (snapshots_.size() >= max_users) {  // the index is far behind: one minimum for all
      for (const auto& [other, shown] : snapshots_) raise_to(minimum_for_all_, shown);
      snapshots_.clear();
    }
    raise_to(snapshots_[user], snapshot);
    has_any_ = true;
  }
  // `covers` tells whether the index holds a snapshot. Forgets a user whom it covers.
  template <typename Covers>
  bool is_ahead_of_index(Id user, const Covers& covers) {
    if (!has_any_.load()) return false;
    const std::lock_guard lock(mutex_);
    if (!covers(minimum_for_all_)) return true;
    const auto found = snapshots_.find(user);
    if (found == snapshots_.end()) return false;
    if (!covers(found->second)) return true;
    snapshots_.erase(found);
    return false;
  }
  template <typename Covers>
  void forget_covered(const Covers& covers) {
    if (!has_any_.load()) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(snapshots_, [&](const auto& shown) { return covers(shown.second); });
    has_any_ = !snapshots_.empty() || !covers(minimum_for_all_);
  }

  // The snapshots belong to a database that has been replaced.
  void clear() {
    const std::lock_guard lock(mutex_);
    snapshots_.clear();
    minimum_for_all_ = {};
    has_any_ = false;
  }

 private:
  // Merges, because the snapshot of a user's own command is not ordered with others.
  static void raise_to(events::PgSnapshot& minimum, const events::PgSnapshot& snapshot) {
    minimum = minimum.merge(snapshot);
  }

  std::mutex mutex_;
  std::unordered_map<Id, events::PgSnapshot> snapshots_;
  events::PgSnapshot minimum_for_all_;  // applies to every user
  std::atomic<bool> has_any_{false};
};

}  // namespace feedctl::feed_index
