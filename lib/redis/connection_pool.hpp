#pragma once
// A bounded pool of connections to one Redis server, behind a circuit breaker. run() takes at most
// three time-outs: for a free slot, for a new connection and for the operation. Thread-safe.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log_throttle.hpp"
#include "metrics/metrics.hpp"
#include "redis/circuit_breaker.hpp"
#include "redis/connection.hpp"
#include "redis/failure_info.hpp"
#include "redis/pool_options.hpp"

namespace feedctl::redis {

class ConnectionPool {
 public:
  using Operation = std::function<void(Connection&)>;

  ConnectionPool(const PoolOptions& options, Scripts scripts);

  // With PoolOptions::wait_for_installation, run() does only probes before this call.
  void set_installation(const std::string& installation);
  // Why the last operation failed; empty if it succeeded.
  FailureInfo last_failure() const;

  // False if the operation failed: the breaker is open, no connection was free in time, or the
  // server is down or refused. `probe` runs it even while the breaker is open. The operation must
  // be idempotent: it runs once more, on a new connection, if an idle connection was closed.
  bool run(const Operation& operation, bool probe = false);

 private:
  using Handle = std::unique_ptr<Connection>;
  class Slot;
  class Timing;

  void attempt(const Operation& operation);
  void execute(Slot& slot, const Operation& operation);
  Tenancy tenancy() const;
  bool on_success();
  void on_connection_error(const std::string& why);
  void on_unusable_server(const UnusableServerError& error);
  void on_refused(const std::string& why);
  void record_failure(FailureInfo failure);

  Address address_;
  std::chrono::milliseconds timeout_;
  std::size_t size_;
  Scripts scripts_;
  CircuitBreaker circuit_breaker_;
  metrics::Counter& errors_;
  metrics::Histogram& durations_;
  std::atomic<bool> is_awaiting_installation_;  // until set_installation()
  std::atomic<bool> is_failing_{false};
  std::atomic<bool> is_unusable_{false};

  mutable std::mutex mutex_;
  Tenancy tenancy_;
  FailureInfo last_failure_;
  LogThrottle log_throttle_{std::chrono::seconds{60}};
  std::condition_variable slot_freed_;
  std::size_t in_use_ = 0;
  std::vector<Handle> idle_;
  CircuitBreaker::Clock::time_point last_warning_{}, last_unusable_{};
};

}  // namespace feedctl::redis
