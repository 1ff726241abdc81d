#pragma once
// When each of the last 50,000 to 100,000 users was noted. It may forget a user, but never reports
// one who was not noted. Thread-safe.
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/ids.hpp"

namespace feedctl::concurrent {

class RecentUsers {
 public:
  using Clock = std::chrono::steady_clock;

  void note(Id user) {
    const std::lock_guard lock(mutex_);
    record(user, Clock::now());
  }
  bool was_noted_within(Id user, Clock::duration span) const {
    const std::lock_guard lock(mutex_);
    return is_within(user, span, Clock::now());
  }
  // Notes the user. False, without noting, if the user was noted within `span`.
  bool note_unless_within(Id user, Clock::duration span) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    if (is_within(user, span, now)) return false;
    record(user, now);
    return true;
  }

 private:
  static constexpr std::size_t max_users_per_generation = 50'000;

  bool is_within(Id user, Clock::duration span, Clock::time_point now) const {
    const auto find = [&](const auto& users) {
      const auto at = users.find(user);
      return at != users.end() && now - at->second < span;
    };
    return find(young_) || find(old_);
  }
  void record(Id user, Clock::time_point now) {
    if (young_.size() >= max_users_per_generation) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_[user] = now;
  }

  mutable std::mutex mutex_;
  std::unordered_map<Id, Clock::time_point> young_, old_;
};

}  // namespace feedctl::concurrent
