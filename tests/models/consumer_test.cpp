// What takes a consumer hours, by a clock that is set by hand.
#include "events/consumer.hpp"

#include <deque>

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;

namespace {

struct ManualClock {
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<ManualClock, duration>;
  static time_point now() { return time_point{time}; }
  static inline duration time{0};
};

// A log that gives its events in batches, and takes every position.
struct ListLog {
  struct Event {
    std::int64_t id = 0;
  };
  struct Batch {
    std::int64_t version = 0;
    bool moved = false, full = false;
    std::vector<Event> events;
  };
  struct Unit {
    void savepoint() {}
    void rollback_to_savepoint() {}
    void commit() {}
  };

  Unit begin() { return {}; }
  Batch read(Unit&, int, int most) const {
    Batch batch{version, !events.empty(), false, {}};
    for (const auto& event : events) {
      if (batch.events.size() < static_cast<std::size_t>(most)) batch.events.push_back(event);
    }
    batch.full = batch.events.size() == static_cast<std::size_t>(most);
    return batch;
  }
  bool save(Unit&, int, const Batch& batch) {
    events.erase(events.begin(), events.begin() + static_cast<long>(batch.events.size()));
    ++version;
    return true;
  }
  std::optional<int> record_attempt(int, const Batch&, const Event& event) {
    begun_before = begun == event.id ? begun_before + 1 : 0;
    begun = event.id;
    return begun_before;
  }
  bool undo_attempt(int, const Batch&, const Event&, int crashes) {
    CHECK(crashes == begun_before);
    if (takes_back_fail) throw Error(ErrorCode::unavailable, "away");
    if (begun_before == 0) begun = 0;
    if (begun_before > 0) --begun_before;
    return true;
  }

  std::int64_t version = 0;
  std::deque<Event> events;
  std::int64_t begun = 0;
  int begun_before = 0;
  bool takes_back_fail = false;
};

struct RecordedEffects {
  std::vector<std::int64_t> applied, retried_later, dead_letters;
  events::Consumer<ListLog, ManualClock>::Effects effects() {
    return {[this](ListLog::Unit&, std::span<const ListLog::Event> batch) {
              for (const auto& event : batch) {
                if (event.id == 2) throw Error(ErrorCode::unavailable, "away, as ever");
              }
              for (const auto& event : batch) applied.push_back(event.id);
            },
            [this](ListLog::Unit&, const ListLog::Event& event, const std::string&) {
              retried_later.push_back(event.id);
            },
            [this](ListLog::Unit&, const ListLog::Event& event, int) {
              dead_letters.push_back(event.id);
            }};
  }
};

}  // namespace

TEST_CASE("an event that fails for an hour becomes a retry job, and the others continue") {
  for (const bool singly : {false, true}) {
    ManualClock::time = ManualClock::duration{0};
    ListLog log;
    log.events = {{1}, {2}, {3}};
    RecordedEffects handled;
    const auto effects = handled.effects();
    events::Consumer<ListLog, ManualClock> consumer(log, effects, 0, 10, singly);
    INFO("singly " << singly);
    if (singly) CHECK(consumer.step(false) == events::StepResult::worked);
    CHECK_THROWS_AS(consumer.step(false), Error);
    ManualClock::time = std::chrono::minutes{59};
    CHECK_THROWS_AS(consumer.step(false), Error);
    CHECK(handled.retried_later.empty());
    ManualClock::time = std::chrono::minutes{61};
    while (consumer.step(false) == events::StepResult::worked) {
    }
    CHECK(handled.applied == std::vector<std::int64_t>{1, 3});
    CHECK(handled.retried_later == std::vector<std::int64_t>{2});
  }
}

TEST_CASE(
    "an event that fails transiently while others crash the process is never dead-lettered for "
    "them") {
  ManualClock::time = ManualClock::duration{0};
  ListLog log;
  log.events = {{2}};
  RecordedEffects handled;
  const auto effects = handled.effects();
  for (int process = 0; process < 6; ++process) {
    events::Consumer<ListLog, ManualClock> consumer(log, effects, 0, 10, true);
    INFO("process " << process);
    // Nothing can be taken back at the first failure, when the database is away.
    for (const bool away : {true, false}) {
      log.takes_back_fail = away;
      CHECK_THROWS_AS(consumer.step(false), Error);
    }
    CHECK(log.begun == 0);
  }
  CHECK(handled.dead_letters.empty());
}

TEST_CASE("an event that crashed its process is dead-lettered though it also failed transiently") {
  ManualClock::time = ManualClock::duration{0};
  ListLog log;
  log.events = {{2}};
  RecordedEffects handled;
  const auto effects = handled.effects();
  struct Crash {};
  const auto deadly = [&] {
    auto out = handled.effects();
    out.apply = [](ListLog::Unit&, std::span<const ListLog::Event>) { throw Crash{}; };
    return out;
  }();
  for (int process = 0; process < events::max_crashes; ++process) {
    CHECK_THROWS_AS((events::Consumer<ListLog, ManualClock>(log, effects, 0, 10, true).step(false)),
                    Error);
    CHECK_THROWS_AS((events::Consumer<ListLog, ManualClock>(log, deadly, 0, 10, true).step(false)),
                    Crash);
    CHECK(handled.dead_letters.empty());
  }
  events::Consumer<ListLog, ManualClock> last(log, deadly, 0, 10, true);
  CHECK(last.step(false) == events::StepResult::worked);
  CHECK(handled.dead_letters == std::vector<std::int64_t>{2});
}
