#pragma once
// A connection to the Redis of the bus that is made at first use and again after it broke. One
// thread at a time.
#include <cstdint>
#include <functional>
#include <memory>

#include "base/log_throttle.hpp"
#include "bus/bus.hpp"
#include "bus/bus_metrics.hpp"
#include "bus/reconnect_backoff.hpp"
#include "redis/connection.hpp"

namespace feedctl::bus {

class RedisClient {
 public:
  // What is referred to must outlive it.
  RedisClient(const redis::Address& address, const Timing& timing, const redis::Tenancy& tenancy,
              BusMetrics& metrics)
      : address_(address),
        timing_(timing),
        tenancy_(tenancy),
        metrics_(metrics),
        backoff_(timing.backoff) {}

  // Error(unavailable) if it fails. Runs `work` a second time, on a new connection, if an idle one
  // turned out to be closed.
  void run(const std::function<void(redis::Connection&)>& work);
  const ReconnectBackoff& backoff() const { return backoff_; }
  // Changes with each new connection.
  std::int64_t generation() const { return generation_; }

 private:
  void connect();
  void log_reconnected();
  void try_run(const std::function<void(redis::Connection&)>& work);
  void log_unusable(const redis::UnusableServerError& error);
  [[noreturn]] void fail_unavailable(const std::string& why);

  const redis::Address& address_;
  const Timing& timing_;
  const redis::Tenancy& tenancy_;
  BusMetrics& metrics_;
  ReconnectBackoff backoff_;
  std::string last_error_;  // of the last failure
  std::unique_ptr<redis::Connection> connection_;
  std::int64_t generation_ = 0;
  LogThrottle log_throttle_{std::chrono::seconds{60}};
};

}  // namespace feedctl::bus
