#pragma once
// The interface of a cache with expiring entries, leases and dirty marks. Two classes implement it:
// one in Redis (redis_cache.hpp), one in the process's memory (memory_cache.hpp).
//
// PostgreSQL holds the truth. A failure of Redis reads as a miss, is_available() reports it, and no
// call throws for it. Values over 1 MiB are not stored. Thread-safe.
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/failure_info.hpp"

namespace feedctl::cache {

// The result of reading a ranking (hot feed): one round trip.
struct RankingLookup {
  enum class State {
    fresh,        // `body` is current
    compute,      // the caller computes; `token` is its lease; `body` may hold a stale value
    pending,      // another caller computes; `body` may hold a stale value
    unavailable,  // the cache cannot be reached: compute without it
  };
  State state = State::unavailable;
  std::string body;  // "" if there is none
  std::string token;
  // How long ago the computation of a fresh body began.
  std::chrono::milliseconds age{0};
};

// A stored value, for checks.
struct StoredValue {
  std::string body;
  std::optional<std::chrono::milliseconds> remaining_ttl;  // nullopt: it never expires
};

// The result of reading the entry of one object (a post, a user, a list): one round trip.
struct EntryLookup {
  using State = RankingLookup::State;
  State state = State::unavailable;
  // fresh: current. compute, pending: past its soft TTL, but not its hard TTL; nullopt: no body.
  std::optional<std::string> body;
  std::string token;
};

// An entry is current up to `soft_ttl`, and may be shown up to `hard_ttl` while a new one is
// computed. Both get a jitter of 15 %, so that entries stored together do not expire together.
struct EntryTtls {
  std::chrono::milliseconds soft_ttl, hard_ttl;
};

inline constexpr std::size_t max_value_bytes = std::size_t{1} << 20;

class Cache {
 public:
  virtual ~Cache() = default;

  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) = 0;
  virtual void erase(std::string_view key) = 0;

  // Entries of single objects. One reader at a time computes the next body, under a lease. An
  // invalidation deletes the body and ends the lease, so a value read before it is never stored
  // after it. `version` names the format of the body: another format is a miss. A `lease_duration`
  // of 0 reads without taking a lease: `pending` if the entry is not current. Only a shared cache
  // stores entries; in any other every read is `unavailable`.
  virtual EntryLookup read_entry(std::string_view key, char version,
                                 std::chrono::milliseconds lease_duration) = 0;
  // False, and nothing is stored, if the token has expired or the cache cannot be reached. A body
  // that is too large only ends the lease.
  virtual bool store_entry(std::string_view key, char version, std::string_view token,
                           std::string_view body, EntryTtls ttls) = 0;
  // Call it after the commit of a change to these objects. An invalidation that fails is repeated
  // before the next operation.
  virtual void invalidate(std::span<const std::string> keys) = 0;

  // Rankings. A like only marks the ranking dirty. At most one refresh a `window` starts, by the
  // holder of the lease. Unlike invalidate(), mark_dirty() leaves a live lease alone. In a shared
  // cache a `lease_duration` of 0 reads without taking a lease. `key` names the body, `lock_key`
  // its lease; the keys of the marks are `key`:dirty and `key`:dropped.
  virtual RankingLookup read_ranking(std::string_view key, std::string_view lock_key,
                                     std::chrono::milliseconds window,
                                     std::chrono::milliseconds lease_duration) = 0;
  // Stores `body` if the token still holds the lease, and releases the lease. Marks set since the
  // lease began stay. `stale`: the next reader refreshes.
  virtual bool store_ranking(std::string_view key, std::string_view lock_key,
                             std::string_view token, std::string_view body,
                             std::chrono::milliseconds ttl, bool stale) = 0;
  virtual void release_ranking_lease(std::string_view key, std::string_view lock_key,
                                     std::string_view token) = 0;
  // Call it after the commit of a like or unlike. `drop_body`: the body must not be shown any more
  // (a post was deleted). It is deleted at once, and a body that is being computed will be stored
  // as stale. A mark that fails is repeated before the next operation.
  virtual void mark_dirty(std::string_view key, bool drop_body) = 0;

  // For checks: the keys that match a glob pattern, and the body of an entry or a ranking (nullopt
  // if there is none).
  virtual std::vector<std::string> scan_keys(std::string_view pattern, std::size_t max_keys) = 0;
  virtual std::optional<StoredValue> peek(std::string_view key) = 0;

  // Whether all processes use this cache (Redis).
  virtual bool is_shared() const = 0;
  // Whether it answers and takes writes now; for readiness and doctor.
  virtual bool is_available() = 0;
  // Why the last operation failed; empty if it succeeded.
  virtual redis::FailureInfo last_failure() const { return {}; }
  // The installation (redis/tenancy.hpp), as soon as it is known.
  virtual void set_installation(const std::string& /*installation*/) {}
  // For doctor: maxmemory-policy, appendonly, appendfsync, redis_version, run_id. Empty for the
  // memory cache, and if the server does not answer.
  virtual std::map<std::string, std::string> server_settings() = 0;
};

}  // namespace feedctl::cache
