#pragma once
// The settled clock: the server's time for destructive maintenance, while it can be trusted
// (decision 0011). A clock that jumps (a suspended machine, a wrong NTP server) is mostly corrected
// within minutes, but by then the data that it made look old would be gone. So after a jump against
// the steady clock the clock must run without another jump for a settling time. The database keeps
// that running time: restarts and further processes neither reset nor shorten it. Not thread-safe.
#include <chrono>
#include <functional>
#include <optional>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::store {

// The row of upkeep_clock.
struct ClockRecord {
  // For how long processes have watched the clock. Several at the same time count once.
  std::chrono::milliseconds uptime{0};
  std::chrono::milliseconds last_jump_uptime{0};  // `uptime` at the last jump
  Time seen_at;                                   // the server's time at the last observation

  friend bool operator==(const ClockRecord&, const ClockRecord&) = default;
};

// One process's observation: its steady clock, and the record it stored.
struct ClockObservation {
  std::chrono::milliseconds steady{0};
  ClockRecord record;
};

// The record after an observation of the server's clock at `wall`. `last`: this process's previous
// observation, if any.
ClockRecord advance(const ClockRecord& record, const std::optional<ClockObservation>& last,
                    std::chrono::milliseconds steady, Time wall);

// The time since this machine booted; it advances during suspend.
std::chrono::milliseconds time_since_boot();

class SettledClock {
 public:
  using Steady = std::function<std::chrono::milliseconds()>;

  // `settling`: the running time without a jump. `database` must outlive it.
  SettledClock(Database& database, std::chrono::milliseconds settling,
               Steady steady = time_since_boot);

  // The server's time. nullopt if its clock cannot be trusted yet: remove nothing. Call it every
  // few minutes: to a process that starts more than an hour after the last call, the gap is a jump.
  std::optional<Time> now();

 private:
  void log_jump(const ClockRecord& before, const ClockRecord& after, Time wall);

  Database& database_;
  const std::chrono::milliseconds settling_;
  const Steady steady_;
  std::optional<ClockObservation> last_;
};

}  // namespace feedctl::store
