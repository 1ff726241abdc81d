#include "store/settled_clock.hpp"

#include <algorithm>
#include <ctime>

#include "base/log.hpp"
#include "sql/store.hpp"

namespace feedctl::store {

namespace {

using std::chrono::milliseconds;

// A smaller difference is no jump: a clock under slow correction, or a slow query.
constexpr milliseconds tolerance{10'000};
constexpr int drift_percent = 1;
// How long no process ran is unknown: a gap up to this is no jump.
constexpr std::chrono::hours max_gap{1};

bool has_jumped(const ClockRecord& record, const std::optional<ClockObservation>& last,
                milliseconds steady, Time wall) {
  if (!last) return wall < record.seen_at - tolerance || wall > record.seen_at + max_gap;
  const auto elapsed = steady - last->steady;
  const auto apart = std::chrono::abs(wall - last->record.seen_at - elapsed);
  return apart > tolerance + elapsed * drift_percent / 100;
}

}  // namespace

ClockRecord advance(const ClockRecord& record, const std::optional<ClockObservation>& last,
                    milliseconds steady, Time wall) {
  auto next = record;
  // Not added to the time that other processes recorded meanwhile: that is the same time.
  if (last) next.uptime = std::max(record.uptime, last->record.uptime + (steady - last->steady));
  if (has_jumped(record, last, steady, wall)) next.last_jump_uptime = next.uptime;
  next.seen_at = wall;
  return next;
}

milliseconds time_since_boot() {
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
  const ClockRecord before{milliseconds{row.single_row().integer(0)},
                           milliseconds{row.single_row().integer(1)}, row.single_row().time(2)};
  const auto wall = row.single_row().time(3);
  const auto after = advance(before, last_, steady, wall);
  tx.query(sql::store::advance_upkeep_clock,
           params(std::int64_t{after.uptime.count()}, std::int64_t{after.last_jump_uptime.count()},
                  after.seen_at));
  tx.commit();
  log_jump(before, after, wall);
  last_ = {steady, after};
  if (after.uptime - after.last_jump_uptime < settling_) return std::nullopt;
  return wall;
}

void SettledClock::log_jump(const ClockRecord& before, const ClockRecord& after, Time wall) {
  if (after.last_jump_uptime == before.last_jump_uptime) return;
  log::warning("the database's clock has jumped: no old data is removed for a while",
               {{"from", rfc3339(before.seen_at)},
                {"to", rfc3339(wall)},
                {"seconds", std::chrono::duration_cast<std::chrono::seconds>(settling_).count()}});
}

}  // namespace feedctl::store
