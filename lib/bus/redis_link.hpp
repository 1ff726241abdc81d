#pragma once
// One connection to the Redis that carries, made at first use and again after it broke. Used by one
// thread at a time.
#include <cstdint>
#include <functional>
#include <memory>

#include "base/seldom.hpp"
#include "bus/bus.hpp"
#include "bus/counts.hpp"
#include "bus/pace.hpp"
#include "cache/redis_connection.hpp"

namespace feedctl::bus {

class RedisLink {
 public:
  // What is referred to must outlive it.
  RedisLink(const cache::RedisAddress& address, const Timing& timing, const cache::Tenancy& tenancy,
            Counts& counts)
      : address_(address),
        timing_(timing),
        tenancy_(tenancy),
        counts_(counts),
        pace_(timing.backoff) {}

  // Error(unavailable) where it cannot be done. Work must bear being run again: once, on a new
  // connection, where an idle one turned out to be closed.
  void run(const std::function<void(cache::RedisConnection&)>& work);
  const Pace& pace() const { return pace_; }
  // Another number is another connection.
  std::int64_t generation() const { return generation_; }

 private:
  void connect();
  void tell_success();
  void attempt(const std::function<void(cache::RedisConnection&)>& work);
  void tell(const cache::RedisUnfit& unfit);
  [[noreturn]] void refuse(const std::string& why);

  const cache::RedisAddress& address_;
  const Timing& timing_;
  const cache::Tenancy& tenancy_;
  Counts& counts_;
  Pace pace_;
  std::string why_;  // of the last failure
  std::unique_ptr<cache::RedisConnection> connection_;
  std::int64_t generation_ = 0;
  Seldom told_{std::chrono::seconds{60}};
};

}  // namespace feedctl::bus
