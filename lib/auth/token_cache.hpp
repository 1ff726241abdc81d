#pragma once
// A bounded cache of the claims of verified tokens until they expire. A lookup compares the whole
// token and costs some ten nanoseconds, the check of an ES256 signature some hundred microseconds.
// clear() after a key has ended. Thread-safe.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/auth.hpp"
#include "base/time.hpp"

namespace feedctl::auth {

class TokenCache {
 public:
  explicit TokenCache(std::size_t capacity = 10000) : capacity_(capacity) {}

  std::optional<Claims> find(std::string_view token, Time now) const {
    const std::lock_guard lock(mutex_);
    const auto at = claims_.find(token);
    if (at == claims_.end() || at->second.expires_at <= now) return std::nullopt;
    return at->second;
  }

  // `generation`: as it was before the key of the token was looked up. Does nothing if clear() has
  // been called since.
  void insert(std::string_view token, const Claims& claims, Time now, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) return;
    if (claims_.size() >= capacity_) evict(now);
    claims_.insert_or_assign(std::string(token), claims);
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
  // The end of a verified token belongs to its signature, so it is as good as random. Strangers
  // cannot add tokens, so they cannot make collisions either.
  struct SignatureHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view token) const {
      constexpr std::size_t used = 16;
      return std::hash<std::string_view>()(
          token.substr(token.size() - std::min(used, token.size())));
    }
  };
  std::unordered_map<std::string, Claims, SignatureHash, std::equal_to<>> claims_;
};

}  // namespace feedctl::auth
