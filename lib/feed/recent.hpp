#pragma once
// When something was last so for a user, for the last 100,000 users or so: it forgets, but never
// makes up. Thread-safe.
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"

namespace feedctl::feed {

class Recent {
 public:
  using Clock = std::chrono::steady_clock;

  void note(Id user) {
    const std::lock_guard lock(mutex_);
    keep(user, Clock::now());
  }
  bool within(Id user, Clock::duration span) const {
    const std::lock_guard lock(mutex_);
    return is_within(user, span, Clock::now());
  }
  // Notes the user; false, without noting, where that was done within `span` before.
  bool note_unless_within(Id user, Clock::duration span) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (is_within(user, span, now)) return false;
    keep(user, now);
    return true;
  }

 private:
  static constexpr std::size_t most_users = 50'000;

  bool is_within(Id user, Clock::duration span, Clock::time_point now) const {
    const auto find = [&](const auto& users) {
      const auto at = users.find(user);
      return at != users.end() && now - at->second < span;
    };
    return find(young_) || find(old_);
  }
  void keep(Id user, Clock::time_point now) {
    if (young_.size() >= most_users) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_[user] = now;
  }

  mutable std::mutex mutex_;
  std::unordered_map<Id, Clock::time_point> young_, old_;
};

}  // namespace feedctl::feed
