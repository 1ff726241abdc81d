#pragma once
// The revocations that a server knows, in memory. While there is none, a lookup is one relaxed
// atomic load. Thread-safe.
#include <atomic>
#include <mutex>
#include <unordered_map>

#include "auth/auth.hpp"
#include "auth/revocations.hpp"

namespace feedctl::auth {

class RevocationList {
 public:
  bool is_revoked(const Claims& claims) const {
    return size_.load(std::memory_order_relaxed) != 0 && is_listed(claims);
  }
  void apply(const Revocation& revocation);
  // Forgets what concerns expired tokens only.
  void prune(Time now);
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  struct UserRevocation {
    std::int32_t token_version;
    Time until;
  };

  bool is_listed(const Claims& claims) const;
  void update_size() { size_.store(sessions_.size() + users_.size(), std::memory_order_relaxed); }

  std::atomic<std::size_t> size_{0};
  mutable std::mutex mutex_;
  std::unordered_map<Uuid, Time, UuidHash> sessions_;  // -> until
  std::unordered_map<Id, UserRevocation> users_;
};

}  // namespace feedctl::auth
