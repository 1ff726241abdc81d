#pragma once
// A bounded cache of the claims of verified tokens, by SHA-256, until they expire. A lookup costs
// two microseconds, the check of an ES256 signature some hundred. clear() after a key is withdrawn.
// Thread-safe.
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/auth.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"

namespace feedctl::auth {

class TokenCache {
 public:
  explicit TokenCache(std::size_t capacity = 10000) : capacity_(capacity) {}

  std::optional<Claims> find(std::string_view token, Time now) const {
    const auto digest = sha256(token);
    const std::lock_guard lock(mutex_);
    const auto at = claims_.find(digest);
    if (at == claims_.end() || at->second.expires_at <= now) return std::nullopt;
    return at->second;
  }

  // `generation`: as it was before the key of the token was looked up. Does nothing if clear() has
  // been called since.
  void insert(std::string_view token, const Claims& claims, Time now, std::uint64_t generation) {
    const auto digest = sha256(token);
    const std::lock_guard lock(mutex_);
    if (generation != generation_) return;
    if (claims_.size() >= capacity_) evict(now);
    claims_.insert_or_assign(digest, claims);
  }

  std::uint64_t generation() const {
    const std::lock_guard lock(mutex_);
    return generation_;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    ++generation_;
    claims_.clear();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return claims_.size();
  }

 private:
  // Drops expired tokens, or all if few have expired: those are verified again.
  void evict(Time now) {
    for (auto at = claims_.begin(); at != claims_.end();) {
      at = at->second.expires_at <= now ? claims_.erase(at) : std::next(at);
    }
    if (claims_.size() > capacity_ / 4 * 3) claims_.clear();
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  struct DigestHash {
    std::size_t operator()(const Sha256& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  std::unordered_map<Sha256, Claims, DigestHash> claims_;
};

}  // namespace feedctl::auth
