#pragma once
// The snapshots that cursors of the last minute or so may point into. Not thread-safe.
#include <algorithm>
#include <deque>

#include "hot/snapshot.hpp"

namespace feedctl::hot {

class History {
 public:
  void add(SnapshotPtr snapshot) {
    const auto same = [&](const SnapshotPtr& other) {
      return other->as_of == snapshot->as_of && other->posts == snapshot->posts;
    };
    if (std::any_of(snapshots_.begin(), snapshots_.end(), same)) return;
    snapshots_.push_front(std::move(snapshot));
    if (snapshots_.size() > most) snapshots_.pop_back();
  }

  // The one with that time whose post at `rank` (from 1) is that.
  SnapshotPtr find(Time as_of, std::size_t rank, Id id) const {
    for (const auto& snapshot : snapshots_) {
      const auto& posts = snapshot->posts;
      if (snapshot->as_of != as_of || rank == 0 || rank > posts.size()) continue;
      if (posts[rank - 1].id == id) return snapshot;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t most = 64;
  std::deque<SnapshotPtr> snapshots_;  // newest first
};

}  // namespace feedctl::hot
