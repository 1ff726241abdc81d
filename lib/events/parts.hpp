#pragma once
// The partitions of the event log beside events.hpp: whether one takes an event of now, and what
// makes and removes them by a time that the caller trusts.
#include <algorithm>
#include <chrono>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::events {

// Whether an event of now has a part to go to: else every write fails.
bool takes_events(store::Database& database);

// make_parts() where they do not reach so far, which is looked up. The metric tells afterwards.
void look_at_parts(store::Database& database, int ahead);

// Between tries that fail: ten seconds, twenty, and so on up to an hour.
class Pause {
 public:
  using Clock = std::chrono::steady_clock;
  bool over(Clock::time_point now) const { return now >= until_; }
  void failed(Clock::time_point now) {
    until_ = now + length_;
    length_ = std::min<Clock::duration>(2 * length_, std::chrono::hours{1});
  }
  void done() { *this = Pause(); }

 private:
  Clock::time_point until_{};
  Clock::duration length_ = std::chrono::seconds{10};
};

// For one thread, which calls keep() every ten seconds: makes what is missing, and once an hour
// also looks for days that a DEFAULT part holds. Where that fails, or a day is left to the DEFAULT
// part because it holds too much of it, the next try comes after a pause: each may hold writers up.
class PartsAhead {
 public:
  // `database` must outlive it. `ahead`: days, 1..60.
  PartsAhead(store::Database& database, int ahead) : database_(database), ahead_(ahead) {}
  // Throws what making them does.
  void keep(Pause::Clock::time_point now = Pause::Clock::now());

 private:
  void make(Pause::Clock::time_point now);

  store::Database& database_;
  const int ahead_;
  Pause::Clock::time_point due_{};  // to make all
  Pause pause_;
};

// Drops the log's oldest part where at `now` it is older than `keep`, the newest event in the log
// says so, too, and every reader has passed it.
void retire_part(store::Database& database, std::chrono::milliseconds keep, Time now);

}  // namespace feedctl::events
