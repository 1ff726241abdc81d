#pragma once
// One connection to the Redis that carries, made at first use and again after it broke. Used by one
// thread at a time.
#include <cstdint>
#include <functional>
#include <memory>

#include "bus/bus.hpp"
#include "bus/counts.hpp"
#include "bus/pace.hpp"
#include "cache/redis_connection.hpp"

namespace feedctl::bus {

class RedisLink {
 public:
  RedisLink(const cache::RedisAddress& address, const Timing& timing, Counts& counts)
      : address_(address), timing_(timing), counts_(counts), pace_(timing.backoff) {}

  // Error(unavailable) where it cannot be done. Work must bear being run again: once, on a new
  // connection, where an idle one turned out to be closed.
  void run(const std::function<void(cache::RedisConnection&)>& work);
  const Pace& pace() const { return pace_; }
  // Another number is another connection.
  std::int64_t generation() const { return generation_; }

 private:
  void connect();
  void attempt(const std::function<void(cache::RedisConnection&)>& work);
  [[noreturn]] void refuse(const std::string& why);

  const cache::RedisAddress& address_;
  const Timing& timing_;
  Counts& counts_;
  Pace pace_;
  std::unique_ptr<cache::RedisConnection> connection_;
  std::int64_t generation_ = 0;
};

}  // namespace feedctl::bus
