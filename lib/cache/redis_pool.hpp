#pragma once
// A bounded pool of connections to one Redis, behind a breaker. run() never takes longer than
// waiting for a connection, making one and one operation, each within the time-out. Thread-safe.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/seldom.hpp"
#include "cache/breaker.hpp"
#include "cache/cache.hpp"
#include "cache/redis_connection.hpp"
#include "metrics/metrics.hpp"

namespace feedctl::cache {

class RedisPool {
 public:
  using Work = std::function<void(RedisConnection&)>;

  RedisPool(const RedisOptions& options, RedisScripts scripts);

  // Until then nothing is done but probes, where the options ask for it.
  void adopt(const std::string& installation);
  // Why the last operation was not done; empty where it was.
  Trouble trouble() const;

  // False where `work` could not be done: the breaker is open, no connection was free in time, the
  // server is down or refused. `probe` asks even while the breaker is open. Work must bear being
  // run again: once, on a new connection, where an idle one turned out to be closed.
  bool run(const Work& work, bool probe = false);

 private:
  using Handle = std::unique_ptr<RedisConnection>;
  class Slot;

  void attempt(const Work& work);
  void use(Slot& slot, const Work& work);
  Tenancy tenancy() const;
  bool note_done();
  void note_down(const std::string& why);
  void note_unfit(const RedisUnfit& unfit);
  void note_refused(const std::string& why);
  void fails(Trouble trouble);

  RedisAddress address_;
  std::chrono::milliseconds timeout_;
  std::size_t size_;
  RedisScripts scripts_;
  Breaker breaker_;
  metrics::Counter& errors_;
  std::atomic<bool> waits_;  // for adopt()
  std::atomic<bool> fails_{false};

  mutable std::mutex mutex_;
  Tenancy tenancy_;
  Trouble trouble_;
  bool unfit_ = false;
  Seldom told_{std::chrono::seconds{60}};
  std::condition_variable freed_;
  std::size_t busy_ = 0;
  std::vector<Handle> idle_;
  Breaker::Clock::time_point last_warning_{};
};

}  // namespace feedctl::cache
