// What takes a consumer hours, by a clock that is set by hand.
#include "events/consumer.hpp"

#include <deque>

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;

namespace {

struct HandClock {
  using duration = std::chrono::seconds;
  using time_point = std::chrono::time_point<HandClock, duration>;
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
  std::optional<int> mark_try(int, const Batch&, const Event& event) {
    begun_before = begun == event.id ? begun_before + 1 : 0;
    begun = event.id;
    return begun_before;
  }
  bool unmark_try(int, const Batch&, const Event&, int crashes) {
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

struct Handled {
  std::vector<std::int64_t> applied, parked, buried;
  events::Consumer<ListLog, HandClock>::Effects effects() {
    return {
        [this](ListLog::Unit&, std::span<const ListLog::Event> batch) {
          for (const auto& event : batch) {
            if (event.id == 2) throw Error(ErrorCode::unavailable, "away, as ever");
          }
          for (const auto& event : batch) applied.push_back(event.id);
        },
        [this](ListLog::Unit&, const ListLog::Event& event, const std::string&) {
          parked.push_back(event.id);
        },
        [this](ListLog::Unit&, const ListLog::Event& event, int) { buried.push_back(event.id); }};
  }
};

}  // namespace

TEST_CASE("an event that fails for an hour as if in passing is parked, and the others flow") {
  for (const bool singly : {false, true}) {
    HandClock::time = HandClock::duration{0};
    ListLog log;
    log.events = {{1}, {2}, {3}};
    Handled handled;
    const auto effects = handled.effects();
    events::Consumer<ListLog, HandClock> consumer(log, effects, 0, 10, singly);
    INFO("singly " << singly);
    if (singly) CHECK(consumer.step(false) == events::Step::worked);
    CHECK_THROWS_AS(consumer.step(false), Error);
    HandClock::time = std::chrono::minutes{59};
    CHECK_THROWS_AS(consumer.step(false), Error);
    CHECK(handled.parked.empty());
    HandClock::time = std::chrono::minutes{61};
    while (consumer.step(false) == events::Step::worked) {
    }
    CHECK(handled.applied == std::vector<std::int64_t>{1, 3});
    CHECK(handled.parked == std::vector<std::int64_t>{2});
  }
}

TEST_CASE("an event that fails in passing while others end the process is never buried for them") {
  HandClock::time = HandClock::duration{0};
  ListLog log;
  log.events = {{2}};
  Handled handled;
  const auto effects = handled.effects();
  for (int process = 0; process < 6; ++process) {
    events::Consumer<ListLog, HandClock> consumer(log, effects, 0, 10, true);
    INFO("process " << process);
    // Nothing can be taken back at the first failure, when the database is away.
    for (const bool away : {true, false}) {
      log.takes_back_fail = away;
      CHECK_THROWS_AS(consumer.step(false), Error);
    }
    CHECK(log.begun == 0);
  }
  CHECK(handled.buried.empty());
}

TEST_CASE("an event that ended its process is buried though it also failed in passing") {
  HandClock::time = HandClock::duration{0};
  ListLog log;
  log.events = {{2}};
  Handled handled;
  const auto effects = handled.effects();
  struct Crash {};
  const auto deadly = [&] {
    auto out = handled.effects();
    out.apply = [](ListLog::Unit&, std::span<const ListLog::Event>) { throw Crash{}; };
    return out;
  }();
  for (int process = 0; process < events::crashes_to_bury; ++process) {
    CHECK_THROWS_AS((events::Consumer<ListLog, HandClock>(log, effects, 0, 10, true).step(false)),
                    Error);
    CHECK_THROWS_AS((events::Consumer<ListLog, HandClock>(log, deadly, 0, 10, true).step(false)),
                    Crash);
    CHECK(handled.buried.empty());
  }
  events::Consumer<ListLog, HandClock> last(log, deadly, 0, 10, true);
  CHECK(last.step(false) == events::Step::worked);
  CHECK(handled.buried == std::vector<std::int64_t>{2});
}
