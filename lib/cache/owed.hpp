#pragma once
// What Redis could not be told: marks and erasures that failed. They are paid before anything else
// is asked of it again, so that nothing it kept meanwhile reads as current. Thread-safe; bounded by
// the number of different keys, of which there are few for rankings; above a thousand other ones
// the whole epoch of the entries is owed in their place.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace feedctl::cache {

enum class Debt { mark, erase, drop };  // ascending: a drop covers a mark

class Owed {
 public:
  using Debts = std::map<std::string, Debt, std::less<>>;

  bool empty() const { return !any_.load(std::memory_order_acquire); }

  // `epoch_key`: what is erased in place of all entries.
  explicit Owed(std::string_view epoch_key) : epoch_key_(epoch_key) {}

  void add(std::string_view key, Debt debt) {
    const std::lock_guard lock(mutex_);
    const auto found = debts_.find(key);
    if (found != debts_.end())
      found->second = std::max(found->second, debt);
    else if (debt != Debt::erase || debts_.size() < 1000)
      debts_.emplace(key, debt);
    else
      debts_.emplace(epoch_key_, Debt::erase);
    any_.store(true, std::memory_order_release);
  }

  // empty() says so only after paid(): until then nobody may read.
  Debts take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(debts_, {});
  }
  // What take() gave was paid.
  void paid() {
    const std::lock_guard lock(mutex_);
    any_.store(!debts_.empty(), std::memory_order_release);
  }

 private:
  const std::string epoch_key_;
  std::mutex mutex_;
  std::atomic<bool> any_{false};
  Debts debts_;
};

}  // namespace feedctl::cache
