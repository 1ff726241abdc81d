// The clock that destructive maintenance tasks use.
#include "store/settled_clock.hpp"

#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::ClockRecord;

namespace {

// A process that checks the clock, with a steady clock of its own.
class ClockObserver {
 public:
  explicit ClockObserver(ClockRecord& record, milliseconds steady = 0ms)
      : record_(record), steady_(steady) {}
  void observe(milliseconds later, Time wall) {
    steady_ += later;
    record_ = store::advance(record_, last_, steady_, wall);
    last_ = {steady_, record_};
  }

 private:
  ClockRecord& record_;
  milliseconds steady_;
  std::optional<store::ClockObservation> last_;
};

milliseconds settled(const ClockRecord& record) {
  return record.uptime - record.last_jump_uptime;
}

const Time begin = *parse_rfc3339("2026-03-01T12:00:00Z");

}  // namespace

TEST_CASE("a wall clock in step with the monotonic clock becomes trusted, and a jump resets that") {
  ClockRecord record{0ms, 0ms, begin};
  ClockObserver process(record);
  for (int minute = 0; minute <= 90; ++minute)
    process.observe(minute == 0 ? 0min : 1min, begin + std::chrono::minutes{minute});
  CHECK(settled(record) == 90min);
  const auto hours = GENERATE(1h, 48h, 4800h, -1h, -48h);
  process.observe(1min, begin + 91min + hours);
  CHECK(settled(record) == 0ms);
  process.observe(1min, begin + 92min + hours);
  CHECK(settled(record) == 1min);
  process.observe(1min, begin + 93min);
  CHECK(settled(record) == 0ms);
  CHECK(record.uptime == 93min);
}

TEST_CASE("several processes do not shorten the settling time, and a new one keeps the progress") {
  ClockRecord record{0ms, 0ms, begin};
  ClockObserver one(record, 5h), two(record, 70h);
  one.observe(0ms, begin);
  two.observe(0ms, begin);
  for (int minute = 1; minute <= 30; ++minute) {
    one.observe(1min, begin + std::chrono::minutes{minute});
    two.observe(1min, begin + std::chrono::minutes{minute});
  }
  CHECK(settled(record) == 30min);
  ClockObserver three(record);
  three.observe(0ms, begin + 31min);
  CHECK(settled(record) == 30min);  // for how much of the time a process ran is unknown
  one.observe(1min, begin + 31min);
  CHECK(settled(record) == 31min);
}

TEST_CASE("a clock jump while no process ran is detected by the next one") {
  ClockRecord record{90min, 0ms, begin};
  SECTION("ahead") {
    ClockObserver(record).observe(0ms, begin + 48h);
    CHECK(settled(record) == 0ms);
  }
  SECTION("back") {
    ClockObserver(record).observe(0ms, begin - 1min);
    CHECK(settled(record) == 0ms);
  }
  SECTION("a restart is none") {
    ClockObserver(record).observe(0ms, begin + 5min);
    CHECK(settled(record) == 90min);
  }
}

TEST_CASE("a process suspended for a day does not report a clock jump") {
  ClockRecord record{0ms, 0ms, begin};
  ClockObserver process(record);
  process.observe(0ms, begin);
  process.observe(24h, begin + 24h);
  CHECK(settled(record) == 24h);
}

TEST_CASE("a time is returned once the database's clock is trusted, across restarts") {
  const support::FreshDatabase fresh;
  store::Options options;
  options.url = fresh.url();
  store::Database database(options);
  auto steady = 7h;
  milliseconds added{0};
  const auto process = [&] {
    return store::SettledClock(database, 1h, [&] { return milliseconds(steady) + added; });
  };
  fresh.execute("UPDATE upkeep_clock SET uptime_ms = 3599000");
  {
    auto clock = process();
    CHECK_FALSE(clock.now());
    added = 2s;  // less than a jump
    const auto now = clock.now();
    REQUIRE(now);
    CHECK(std::chrono::abs(*now - feedctl::now()) < 1min);
  }
  CHECK(process().now());
  fresh.execute("UPDATE upkeep_clock SET seen_at = seen_at - interval '2 days'");
  CHECK_FALSE(process().now());
  CHECK_FALSE(process().now());
  fresh.execute("UPDATE upkeep_clock SET uptime_ms = uptime_ms + 3600000");
  CHECK(process().now());
  auto clock = process();
  CHECK(clock.now());
  added += 30min;  // the database's clock has not moved, so it was put back
  CHECK_FALSE(clock.now());
}
