#pragma once
// A shared cache with expiring entries, leases and dirty marks: Redis where it is configured, the
// process's own memory where it is not. Never the truth: every failure of Redis reads as a miss or
// is reported by available(), and never throws. Values over 1 MiB are not kept. Thread-safe.
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::cache {

// What a reader of a ranking (hot feed) gets, in one round trip.
struct RankingRead {
  enum class State {
    fresh,  // `body` is current
    lease,  // this caller computes; `token` releases it; `body` may hold a stale value
    wait,   // another one computes; `body` may hold a stale value
    down,   // the cache cannot be reached: compute without it
  };
  State state = State::down;
  std::string body;  // "" where there is none
  std::string token;
  // How long ago the computation of a fresh body began.
  std::chrono::milliseconds age{0};
};

// Something kept, as checks look at it.
struct Kept {
  std::string body;
  std::optional<std::chrono::milliseconds> left;  // nullopt: it never ends
};

// What a reader of a single thing's entry (a post, a user, a list) gets, in one round trip.
struct EntryRead {
  using State = RankingRead::State;
  State state = State::down;
  // fresh: current. lease, wait: past its soft time, but not its hard one; nullopt: there is none.
  std::optional<std::string> body;
  std::string token;
};

// From its fill on an entry is current up to `soft`, and may be shown up to `hard` while a new one
// is made. Both are spread by 15 % up or down, so that what was filled together does not end so.
struct EntryTimes {
  std::chrono::milliseconds soft, hard;
};

// Why a cache is not available, and what to do about it; both may be "".
struct Trouble {
  std::string why, remedy;
  bool answers = false;  // but is not to be used, or refuses
};

inline constexpr std::size_t max_value_bytes = std::size_t{1} << 20;

class Cache {
 public:
  virtual ~Cache() = default;

  virtual std::optional<std::string> get(std::string_view key) = 0;
  virtual void put(std::string_view key, std::string_view value, std::chrono::milliseconds ttl) = 0;
  virtual void erase(std::string_view key) = 0;

  // Entries of single things (RELIABILITY 2d): one reader at a time makes the next body, under a
  // lease; an invalidation deletes the body and ends the lease, so that nothing which was read
  // before it is stored after it. `version` names the form of the body: another one's is a miss. A
  // lease of 0 only looks: `wait` where the entry is not current. Kept only where all processes
  // share the cache; elsewhere every read is `down`.
  virtual EntryRead read_entry(std::string_view key, char version,
                               std::chrono::milliseconds lease) = 0;
  // False where the token is not good any more, or the cache could not be reached: nothing is
  // stored.
  virtual bool fill_entry(std::string_view key, char version, std::string_view token,
                          std::string_view body, EntryTimes times) = 0;
  virtual void release_entry(std::string_view key, std::string_view token) = 0;
  // To be called after the commit of what changes these things. What could not be reached is
  // invalidated before anything else is asked of the cache.
  virtual void invalidate(std::span<const std::string> keys) = 0;

  // Rankings (RELIABILITY 2d): a like only marks the ranking dirty; at most one refresh a `window`
  // starts, by the holder of the lease; a live lease is never deleted. A lease of 0 only looks, as
  // with entries, where all processes share the cache. `key` names the body,
  // `lock_key` its lease; the marks live beside the body (`key`:dirty, `key`:dropped).
  virtual RankingRead read_ranking(std::string_view key, std::string_view lock_key,
                                   std::chrono::milliseconds window,
                                   std::chrono::milliseconds lease) = 0;
  // Stores `body` if the token still holds the lease, and releases it. Marks set since the lease
  // began stay. `stale`: stored, but the next reader refreshes.
  virtual bool fill_ranking(std::string_view key, std::string_view lock_key, std::string_view token,
                            std::string_view body, std::chrono::milliseconds ttl, bool stale) = 0;
  virtual void release_ranking(std::string_view key, std::string_view lock_key,
                               std::string_view token) = 0;
  // A like or unlike was committed. `drop_body`: something must not be shown any more (a deleted
  // post): the body goes at once and a running fill is stored as stale. A mark that could not be
  // set is set by the first later operation that reaches the cache, before it.
  virtual void mark_dirty(std::string_view key, bool drop_body) = 0;

  // For checks: keys that match a glob pattern, at most so many, and the body under one, be it an
  // entry or a ranking; nullopt where there is none, or none yet.
  virtual std::vector<std::string> some_keys(std::string_view pattern, std::size_t most) = 0;
  virtual std::optional<Kept> look(std::string_view key) = 0;

  // Marks reach other processes (Redis); false: only this one.
  virtual bool shared() const = 0;
  // Answers now and takes writes; for readiness and doctor.
  virtual bool available() = 0;
  // What was in the way of the last operation; empty where it was done.
  virtual Trouble trouble() const { return {}; }
  // Which installation asks (see tenancy.hpp), as soon as it is known.
  virtual void adopt(const std::string& /*installation*/) {}
  // What doctor looks at: maxmemory-policy, appendonly, appendfsync, redis_version, run_id. Empty
  // for the memory cache and where the server does not answer.
  virtual std::map<std::string, std::string> server_settings() = 0;
};

struct MemoryOptions {
  std::size_t max_entries = 100000;  // the least recently used go first
  std::size_t max_bytes = std::size_t{64} << 20;
};
std::unique_ptr<Cache> make_memory_cache(MemoryOptions options = {});

struct RedisOptions {
  std::string url;  // redis://[[user]:password@]host[:port][/db] or unix:///path[?db=0&password=..]
  std::chrono::milliseconds timeout{
      50};  // of one operation, of connecting, of waiting for the pool
  std::size_t pool_size = 8;
  std::string prefix = {};             // before every key
  bool wait_for_installation = false;  // nothing is asked or stored before adopt()
};
// Error(config) for a URL that is none; a server that does not answer is no error. Sets SIGPIPE to
// be ignored in the whole process: hiredis writes without MSG_NOSIGNAL.
std::unique_ptr<Cache> make_redis_cache(RedisOptions options);

}  // namespace feedctl::cache
