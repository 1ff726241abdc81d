#pragma once
// Users whom the definition has shown more than the index holds yet: the index serves them again
// once it covers that, so that no page goes back. Nearly always empty. Thread-safe.
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"
#include "events/position.hpp"

namespace feedctl::feed {

class Shown {
 public:
  static constexpr std::size_t most_users = 100'000;

  void note(Id user, const events::Snapshot& snapshot) {
    const std::lock_guard lock(mutex_);
    if (snapshots_.size() >= most_users) {  // the index is far behind: nobody is served until then
      for (const auto& [other, shown] : snapshots_) raise(everybody_, shown);
      snapshots_.clear();
    }
    raise(snapshots_[user], snapshot);
    any_ = true;
  }
  // `covers` says whether the index holds a snapshot; what it does is forgotten.
  template <typename Covers>
  bool more_than(Id user, const Covers& covers) {
    if (!any_.load()) return false;
    const std::lock_guard lock(mutex_);
    if (!covers(everybody_)) return true;
    const auto found = snapshots_.find(user);
    if (found == snapshots_.end()) return false;
    if (!covers(found->second)) return true;
    snapshots_.erase(found);
    return false;
  }
  template <typename Covers>
  void forget_covered(const Covers& covers) {
    if (!any_.load()) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(snapshots_, [&](const auto& shown) { return covers(shown.second); });
    any_ = !snapshots_.empty() || !covers(everybody_);
  }

  // What was shown is of a database that is no more.
  void forget_all() {
    const std::lock_guard lock(mutex_);
    snapshots_.clear();
    everybody_ = {};
    any_ = false;
  }

 private:
  // Of one server's snapshots, one of two covers the other.
  static void raise(events::Snapshot& kept, const events::Snapshot& snapshot) {
    if (!kept.covers(snapshot)) kept = snapshot;
  }

  std::mutex mutex_;
  std::unordered_map<Id, events::Snapshot> snapshots_;
  events::Snapshot everybody_;  // as if each had been shown that
  std::atomic<bool> any_{false};
};

}  // namespace feedctl::feed
