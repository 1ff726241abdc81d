#pragma once
// Memory of a Redis server by key family, from a sample of its keys.
//
// SCAN returns keys in the order of their hashes, so the first ones are an unbiased sample. The
// number of keys and the time are bounded. Nothing is written. A server that does not answer is a
// note in the result, not an error. Plain functions; thread-safe.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace feedctl::operations {

struct KeyFamily {
  std::string name;        // "home_feed", "viewers", ..; "other" for keys that are not ours
  std::int64_t keys = 0;   // extrapolated if the sample is not complete
  std::int64_t bytes = 0;  // extrapolated likewise
  std::int64_t sampled = 0;
};

struct RedisUsage {
  bool is_configured = false;
  std::string unavailable_because;  // "": it answered
  std::int64_t keys = 0;            // DBSIZE
  std::int64_t sampled = 0;
  bool is_complete = false;  // the sample holds each key
  std::int64_t used_memory = 0;
  std::int64_t views_pending = 0, view_batches = 0;  // they wait for a flush
  std::vector<KeyFamily> families;                   // the largest first

  bool has_answered() const { return is_configured && unavailable_because.empty(); }
};

struct RedisUsageOptions {
  std::string url;  // "": not configured
  std::string prefix;
  std::size_t max_keys = 10'000;
  std::chrono::milliseconds timeout{2000};     // of a command
  std::chrono::milliseconds max_time{10'000};  // of the sample
};

RedisUsage measure_redis(const RedisUsageOptions& options);

// The family of a key without the installation's prefix.
std::string_view redis_key_family(std::string_view key);

}  // namespace feedctl::operations
