#pragma once
// Limits the rate of requests by user and by client address, for each class of routes
// (docs/auth.md). Redis counts for all processes together, in one call for each request. This
// process counts alone, in LocalBuckets, where Redis is not configured or does not answer, and on
// an event loop. While Redis does not answer, the classes login, upload and admin have a quarter of
// their rates.
//
// A request may count twice where its connection to Redis breaks. Thread-safe.
#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/reloadable.hpp"
#include "config/config.hpp"
#include "http/rate_limiter.hpp"
#include "rate_limit/limits.hpp"
#include "rate_limit/local_buckets.hpp"
#include "redis/connection_pool.hpp"

namespace feedctl::rate_limit {

class Limiter {
 public:
  // Opens no connection. `redis.url` "": no Redis. Error(config) for an invalid URL.
  Limiter(const config::RateLimitConfig& config, const redis::PoolOptions& redis);

  // An http::RateLimiter.
  http::RateLimitVerdict check(const http::Request& request, http::RateClass rate_class,
                               http::RunOn run_on);
  // Later requests have these limits. Buckets stay as full as they are.
  void reload(const config::RateLimitConfig& config) { limits_.replace(Limits(config)); }
  // With PoolOptions::wait_for_installation, Redis is not used before this call.
  void set_installation(const std::string& installation);

 private:
  // A limit that applies to a request, and the bucket of the request's client.
  struct Charge {
    const Limit* limit = nullptr;
    std::string key = {};
    BucketState state = {};
  };
  // Those of a request: of its user and of its address.
  struct Charges {
    std::array<Charge, LocalBuckets::max_charges> items;
    std::size_t count = 0;

    void add(const Limit* limit, const std::string& subject);
    std::span<Charge> all() { return {items.data(), count}; }
  };

  Charges charges_of(const Limits& limits, const http::Request& request,
                     http::RateClass rate_class);
  void warn_of_proxy(const http::Request& request, std::string_view message);
  void on_refused(const http::Request& request);
  bool charge_redis(std::span<Charge> charges);
  void charge_locally(std::span<Charge> charges, bool is_redis_down);

  Reloadable<Limits> limits_;
  std::optional<redis::ConnectionPool> redis_;
  LocalBuckets local_;
  std::atomic<bool> has_warned_{false};
};

}  // namespace feedctl::rate_limit
