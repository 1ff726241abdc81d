// The clock that destructive upkeep goes by.
#include "store/settled_clock.hpp"

#include "support/catch.hpp"
#include "support/fresh_database.hpp"

using namespace feedctl;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::ClockRecord;

namespace {

// A process that looks every minute, with a steady clock of its own.
class Process {
 public:
  explicit Process(ClockRecord& record, milliseconds steady = 0ms)
      : record_(record), steady_(steady) {}
  void look(milliseconds later, Time wall) {
    steady_ += later;
    record_ = store::advance(record_, last_, steady_, wall);
    last_ = {steady_, record_};
  }

 private:
  ClockRecord& record_;
  milliseconds steady_;
  std::optional<store::ClockLook> last_;
};

milliseconds settled(const ClockRecord& record) {
  return record.uptime - record.steady_since;
}

const Time begin = *parse_rfc3339("2026-03-01T12:00:00Z");

}  // namespace

TEST_CASE("a clock that goes with the steady one settles, and a jump of it begins that anew") {
  ClockRecord record{0ms, 0ms, begin};
  Process process(record);
  for (int minute = 0; minute <= 90; ++minute)
    process.look(minute == 0 ? 0min : 1min, begin + std::chrono::minutes{minute});
  CHECK(settled(record) == 90min);
  const auto hours = GENERATE(1h, 48h, 4800h, -1h, -48h);
  process.look(1min, begin + 91min + hours);
  CHECK(settled(record) == 0ms);
  process.look(1min, begin + 92min + hours);
  CHECK(settled(record) == 1min);
  process.look(1min, begin + 93min);
  CHECK(settled(record) == 0ms);
  CHECK(record.uptime == 93min);
}

TEST_CASE(
    "several processes do not make the time go faster, and one that comes keeps what there is") {
  ClockRecord record{0ms, 0ms, begin};
  Process one(record, 5h), two(record, 70h);
  one.look(0ms, begin);
  two.look(0ms, begin);
  for (int minute = 1; minute <= 30; ++minute) {
    one.look(1min, begin + std::chrono::minutes{minute});
    two.look(1min, begin + std::chrono::minutes{minute});
  }
  CHECK(settled(record) == 30min);
  Process three(record);
  three.look(0ms, begin + 31min);
  CHECK(settled(record) == 30min);  // nobody knows how much of it there was one running
  one.look(1min, begin + 31min);
  CHECK(settled(record) == 31min);
}

TEST_CASE("a clock that has jumped while no process ran is seen by the next one") {
  ClockRecord record{90min, 0ms, begin};
  SECTION("ahead") {
    Process(record).look(0ms, begin + 48h);
    CHECK(settled(record) == 0ms);
  }
  SECTION("back") {
    Process(record).look(0ms, begin - 1min);
    CHECK(settled(record) == 0ms);
  }
  SECTION("a restart is none") {
    Process(record).look(0ms, begin + 5min);
    CHECK(settled(record) == 90min);
  }
}

TEST_CASE("a process that was stopped for a day does not call that a jump") {
  ClockRecord record{0ms, 0ms, begin};
  Process process(record);
  process.look(0ms, begin);
  process.look(24h, begin + 24h);
  CHECK(settled(record) == 24h);
}

TEST_CASE("the time is given once the database's clock has settled, over restarts") {
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
  added += 30min;  // and the database's clock has not moved: it was put back
  CHECK_FALSE(clock.now());
}
