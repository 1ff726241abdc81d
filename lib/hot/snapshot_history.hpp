#pragma once
// The last 64 different snapshots, for the cursors that point into them. Not thread-safe.
#include <algorithm>
#include <deque>

#include "hot/ranking_snapshot.hpp"

namespace feedctl::hot {

class SnapshotHistory {
 public:
  void add(RankingSnapshotPtr snapshot) {
    const auto same = [&](const RankingSnapshotPtr& other) {
      return other->as_of == snapshot->as_of && other->posts == snapshot->posts;
    };
    if (std::any_of(snapshots_.begin(), snapshots_.end(), same)) return;
    snapshots_.push_front(std::move(snapshot));
    if (snapshots_.size() > max_snapshots) snapshots_.pop_back();
  }

  // The snapshot of `as_of` with post `id` at `rank` (from 1), or nullptr.
  RankingSnapshotPtr find(Time as_of, std::size_t rank, Id id) const {
    for (const auto& snapshot : snapshots_) {
      const auto& posts = snapshot->posts;
      if (snapshot->as_of != as_of || rank == 0 || rank > posts.size()) continue;
      if (posts[rank - 1].id == id) return snapshot;
    }
    return nullptr;
  }

 private:
  static constexpr std::size_t max_snapshots = 64;
  std::deque<RankingSnapshotPtr> snapshots_;  // newest first
};

}  // namespace feedctl::hot
