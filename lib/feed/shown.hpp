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
  void note(Id user, const events::Snapshot& snapshot) {
    const std::lock_guard lock(mutex_);
    auto& kept = snapshots_[user];
    if (!kept.covers(snapshot)) kept = snapshot;
    count_ = snapshots_.size();
  }
  // `covers` says whether the index holds a snapshot; what it does is forgotten.
  template <typename Covers>
  bool more_than(Id user, const Covers& covers) {
    if (count_.load() == 0) return false;
    const std::lock_guard lock(mutex_);
    const auto found = snapshots_.find(user);
    if (found == snapshots_.end()) return false;
    if (!covers(found->second)) return true;
    snapshots_.erase(found);
    count_ = snapshots_.size();
    return false;
  }
  template <typename Covers>
  void forget_covered(const Covers& covers) {
    if (count_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    for (auto at = snapshots_.begin(); at != snapshots_.end();) {
      at = covers(at->second) ? snapshots_.erase(at) : std::next(at);
    }
    count_ = snapshots_.size();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<Id, events::Snapshot> snapshots_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace feedctl::feed
