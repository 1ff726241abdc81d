#pragma once
// A bulkhead: limits how many threads wait for one provider at a time, so that a provider that
// hangs does not occupy the server. Thread-safe; the object must outlive its slots.
#include <atomic>
#include <string>

#include "base/error.hpp"

namespace feedctl::oidc {

class CallLimiter {
 public:
  explicit CallLimiter(int max_calls) : max_calls_(max_calls) {}

  class Slot {
   public:
    explicit Slot(std::atomic<int>& calls) : calls_(calls) {}
    ~Slot() { calls_.fetch_sub(1); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

   private:
    std::atomic<int>& calls_;
  };

  // Error(unavailable): all slots are taken.
  Slot enter(const std::string& provider) {
    if (calls_.fetch_add(1) < max_calls_) return Slot(calls_);
    calls_.fetch_sub(1);
    throw Error(ErrorCode::unavailable, "too many sign-ins wait for the provider " + provider)
        .with_retry_after(std::chrono::seconds{2});
  }

 private:
  const int max_calls_;
  std::atomic<int> calls_{0};
};

}  // namespace feedctl::oidc
