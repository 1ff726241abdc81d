#pragma once
// The time that destructive upkeep goes by: the server's, while it can be trusted. A clock that
// jumps (a machine that was suspended, a wrong NTP server, an operator's slip) is mostly put right
// again within minutes, but what was old by it would be gone. So whatever has been seen to jump
// against the steady clock must first go on without a jump for a while of running time, which is
// kept in the database: restarts neither begin it anew nor shorten it, nor do several processes.
// Decision 0011. One thread.
#include <chrono>
#include <functional>
#include <optional>

#include "base/time.hpp"
#include "store/database.hpp"

namespace feedctl::store {

// What the database keeps (upkeep_clock).
struct ClockRecord {
  std::chrono::milliseconds uptime{0};        // that processes have kept this, in all
  std::chrono::milliseconds steady_since{0};  // the uptime at which the server's clock jumped last
  Time seen_at;                               // the server's time at the last look

  friend bool operator==(const ClockRecord&, const ClockRecord&) = default;
};

// One process's look: its steady clock, and what it left in the database.
struct ClockLook {
  std::chrono::milliseconds steady{0};
  ClockRecord left;
};

// The record after a look at `steady` that found the server's clock at `wall`. `last` is this
// process's look before, if there was one.
ClockRecord advance(const ClockRecord& record, const std::optional<ClockLook>& last,
                    std::chrono::milliseconds steady, Time wall);

// Of this machine: goes on while it is suspended.
std::chrono::milliseconds boot_time();

class SettledClock {
 public:
  using Steady = std::function<std::chrono::milliseconds()>;

  // `settling`: the running time without a jump. `database` must outlive it.
  SettledClock(Database& database, std::chrono::milliseconds settling, Steady steady = boot_time);

  // nullopt until the server's clock can be trusted: then nothing that is old may go. To be asked
  // every few minutes at least.
  std::optional<Time> now();

 private:
  void tell(const ClockRecord& before, const ClockRecord& after, Time wall);

  Database& database_;
  const std::chrono::milliseconds settling_;
  const Steady steady_;
  std::optional<ClockLook> last_;
};

}  // namespace feedctl::store
