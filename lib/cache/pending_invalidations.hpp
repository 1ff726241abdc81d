#pragma once
// The invalidations that failed because Redis did not answer. The cache sends them before its next
// operation, so it never reads a body whose invalidation is pending as current. Thread-safe.
//
// The number of keys bounds it. Rankings are few; above 1000 other keys the epoch of all entries is
// invalidated in their place.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace feedctl::cache {

enum class Invalidation {
  mark_dirty,
  erase,
  drop_body
};  // ascending: drop_body includes mark_dirty

class PendingInvalidations {
 public:
  using ByKey = std::map<std::string, Invalidation, std::less<>>;

  bool empty() const { return !has_pending_.load(std::memory_order_acquire); }

  // `epoch_key`: erasing it invalidates all entries.
  explicit PendingInvalidations(std::string_view epoch_key) : epoch_key_(epoch_key) {}

  void add(std::string_view key, Invalidation invalidation) {
    const std::lock_guard lock(mutex_);
    const auto found = pending_.find(key);
    if (found != pending_.end())
      found->second = std::max(found->second, invalidation);
    else if (invalidation != Invalidation::erase || pending_.size() < 1000)
      pending_.emplace(key, invalidation);
    else
      pending_.emplace(epoch_key_, Invalidation::erase);
    has_pending_.store(true, std::memory_order_release);
  }

  // empty() stays false until on_flushed(): no reader may go on before.
  ByKey take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(pending_, {});
  }
  // The invalidations of take_all() were sent.
  void on_flushed() {
    const std::lock_guard lock(mutex_);
    has_pending_.store(!pending_.empty(), std::memory_order_release);
  }

 private:
  const std::string epoch_key_;
  std::mutex mutex_;
  std::atomic<bool> has_pending_{false};
  ByKey pending_;
};

}  // namespace feedctl::cache
