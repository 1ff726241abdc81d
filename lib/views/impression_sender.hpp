#pragma once
// Sends batches of impressions to Redis, or adds them to the counters in PostgreSQL. A batch is
// counted once, however often it is sent, as long as it is sent to one of the two only.
//
// One thread at a time; set_installation() any thread. Redis is optional.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "redis/connection_pool.hpp"
#include "store/database.hpp"
#include "store/settled_clock.hpp"
#include "views/view.hpp"

namespace feedctl::views {

// Impressions of contents of one label. The id is the same in each attempt to send the batch.
struct ImpressionBatch {
  // Runs on while the machine is suspended, as the clock of Redis does.
  struct Clock {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;
    static time_point now() { return time_point(store::time_since_boot()); }
  };

  std::string id;
  std::string label;
  std::vector<Impressions> counts;  // ascending, each content once
  // When Redis may have taken the batch; nullopt: it certainly has not.
  std::optional<Clock::time_point> in_doubt_since = {};

  std::int64_t impressions() const;
};

class ImpressionSender {
 public:
  // `redis.url` "": no Redis. Error(config) for an invalid URL.
  ImpressionSender(store::Database& database, const redis::PoolOptions& redis,
                   std::chrono::seconds dedup_ttl);

  bool has_redis() const { return redis_.has_value(); }
  void set_installation(const std::string& installation);

  enum class Outcome { counted, refused, unreachable };
  // Adds the batch to views:counter:{label}, unless views:dedup:{id} says that this was done.
  // After `unreachable` Redis may have taken it: see in_doubt_since. Redis remembers a batch for
  // dedup_ttl. `probe`: also while the circuit breaker is open.
  Outcome ingest_impressions(ImpressionBatch& batch, bool probe);

  // Adds the batch to contents.counter, unless the ledger has it as "d:{id}:{label}". Errors as of
  // store::Database; each may be followed by another attempt.
  void add_to_database(const ImpressionBatch& batch);

 private:
  store::Database& database_;
  std::optional<redis::ConnectionPool> redis_;
  const std::string dedup_ttl_;
};

}  // namespace feedctl::views
