#pragma once
// A bounded map from random names to values that expire: authorization codes and access tokens.
// One more than `max_size` drops the oldest. Thread-safe.
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/encoding.hpp"

namespace feedctl::dev_openid {

template <typename T>
class ExpiringStore {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ExpiringStore(std::chrono::seconds ttl, std::size_t max_size = 1000)
      : ttl_(ttl), max_size_(max_size) {}

  // Returns its name: 256 random bits in base64url.
  std::string add(T value, Clock::time_point now) {
    auto name = base64url(random_bytes(32));
    const std::lock_guard lock(mutex_);
    order_.push_back(name);
    values_.emplace(name, Entry{std::move(value), now + ttl_});
    while (order_.size() > max_size_) {
      values_.erase(order_.front());
      order_.pop_front();
    }
    return name;
  }

  std::optional<T> find(const std::string& name, Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.expires_at <= now) return std::nullopt;
    return found->second.value;
  }

  // Removes it, too: a second call finds nothing.
  std::optional<T> take(const std::string& name, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    auto node = values_.extract(name);
    if (node.empty() || node.mapped().expires_at <= now) return std::nullopt;
    return std::move(node.mapped().value);
  }

 private:
  struct Entry {
    T value;
    Clock::time_point expires_at;
  };
  const std::chrono::seconds ttl_;
  const std::size_t max_size_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> values_;
  std::deque<std::string> order_;
};

}  // namespace feedctl::dev_openid
