#include "store/settled_clock.hpp"

#include <algorithm>
#include <ctime>

#include "base/log.hpp"
#include "sql/store.hpp"

namespace feedctl::store {

namespace {

using std::chrono::milliseconds;

// Less than this is no jump: a clock that is being put right slowly, or a look that took long.
constexpr milliseconds tolerance{10'000};
constexpr int drift_percent = 1;
// Nobody knows how long there was no process: within this the clock cannot do harm.
constexpr std::chrono::hours longest_gap{1};

bool has_jumped(const ClockRecord& record, const std::optional<ClockLook>& last,
                milliseconds steady, Time wall) {
  if (!last) return wall < record.seen_at - tolerance || wall > record.seen_at + longest_gap;
  const auto elapsed = steady - last->steady;
  const auto apart = std::chrono::abs(wall - last->left.seen_at - elapsed);
  return apart > tolerance + elapsed * drift_percent / 100;
}

}  // namespace

ClockRecord advance(const ClockRecord& record, const std::optional<ClockLook>& last,
                    milliseconds steady, Time wall) {
  auto next = record;
  // Not added to what others have added meanwhile: that was the same time.
  if (last) next.uptime = std::max(record.uptime, last->left.uptime + (steady - last->steady));
  if (has_jumped(record, last, steady, wall)) next.steady_since = next.uptime;
  next.seen_at = wall;
  return next;
}

milliseconds boot_time() {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return std::chrono::seconds{t.tv_sec} +
         std::chrono::duration_cast<milliseconds>(std::chrono::nanoseconds{t.tv_nsec});
}

SettledClock::SettledClock(Database& database, milliseconds settling, Steady steady)
    : database_(database), settling_(settling), steady_(std::move(steady)) {}

std::optional<Time> SettledClock::now() {
  auto tx = database_.write();
  const auto row = tx.query(sql::store::upkeep_clock);
  const auto steady = steady_();
  const ClockRecord before{milliseconds{row.only().integer(0)}, milliseconds{row.only().integer(1)},
                           row.only().time(2)};
  const auto wall = row.only().time(3);
  const auto after = advance(before, last_, steady, wall);
  tx.query(sql::store::advance_upkeep_clock,
           params(std::int64_t{after.uptime.count()}, std::int64_t{after.steady_since.count()},
                  after.seen_at));
  tx.commit();
  tell(before, after, wall);
  last_ = {steady, after};
  if (after.uptime - after.steady_since < settling_) return std::nullopt;
  return wall;
}

void SettledClock::tell(const ClockRecord& before, const ClockRecord& after, Time wall) {
  if (after.steady_since == before.steady_since) return;
  log::warning("the database's clock has jumped: nothing that is old is removed for a while",
               {{"from", rfc3339(before.seen_at)},
                {"to", rfc3339(wall)},
                {"seconds", std::chrono::duration_cast<std::chrono::seconds>(settling_).count()}});
}

}  // namespace feedctl::store
