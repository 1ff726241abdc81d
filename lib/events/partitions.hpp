#pragma once
// The daily partitions of the event log: creation ahead of time and retirement by age. Without a
// partition for an event's day every write fails. Any number of processes may maintain them at
// once: the functions in the database take a lock. Functions throw as store::Database does.
#include <algorithm>
#include <chrono>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::events {

// Days from today on that have a partition. `doctor` warns below 2.
int partitions_ahead(store::Database& database);

// Whether an event of now has a partition.
bool has_current_partition(store::Database& database);

// Creates the missing partitions up to `ahead` days from today.
void create_partitions(store::Database& database, int ahead);

// The same, after a look whether any is missing. Sets the metric of the days ahead.
void ensure_partitions(store::Database& database, int ahead);

// Drops the oldest partition if at `now` it is older than `retention`, the newest event in the log
// confirms that, and every reader has passed it.
void drop_oldest_partition(store::Database& database, std::chrono::milliseconds retention,
                           Time now);

// Drops the position of the bus' reader (the relay) if no process runs it: nothing else moves that
// position, and the log would keep every later partition. For installations without a bus.
void drop_idle_relay(store::Database& database);

// The pause after a failure: ten seconds, doubling up to an hour.
class RetryBackoff {
 public:
  using Clock = std::chrono::steady_clock;
  bool is_over(Clock::time_point now) const { return now >= retry_at_; }
  void on_failure(Clock::time_point now) {
    retry_at_ = now + delay_;
    delay_ = std::min<Clock::duration>(2 * delay_, std::chrono::hours{1});
  }
  void on_success() { *this = RetryBackoff(); }

 private:
  Clock::time_point retry_at_{};
  Clock::duration delay_ = std::chrono::seconds{10};
};

// Creates missing partitions, and once an hour also takes days out of the DEFAULT partition. After
// a failure, or if the DEFAULT partition holds too much of a day, it pauses with back-off: each
// attempt may block writers. One thread, which calls maintain() every ten seconds.
class PartitionMaintainer {
 public:
  // `database` must outlive it. `ahead`: days, 1..60.
  PartitionMaintainer(store::Database& database, int ahead) : database_(database), ahead_(ahead) {}
  // Throws as create_partitions() does.
  void maintain(RetryBackoff::Clock::time_point now = RetryBackoff::Clock::now());

 private:
  void create(RetryBackoff::Clock::time_point now);

  store::Database& database_;
  const int ahead_;
  RetryBackoff::Clock::time_point next_full_run_{};
  RetryBackoff backoff_;
};

}  // namespace feedctl::events
