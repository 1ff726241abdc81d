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
  std::optional<int> mark_try(int, const Batch&, const Event&) { return 0; }

  std::int64_t version = 0;
  std::deque<Event> events;
};

struct Handled {
  std::vector<std::int64_t> applied, parked;
  events::Consumer<ListLog, HandClock>::Effects effects() {
    return {[this](ListLog::Unit&, std::span<const ListLog::Event> batch) {
              for (const auto& event : batch) {
                if (event.id == 2) throw Error(ErrorCode::unavailable, "away, as ever");
              }
              for (const auto& event : batch) applied.push_back(event.id);
            },
            [this](ListLog::Unit&, const ListLog::Event& event, const std::string&) {
              parked.push_back(event.id);
            },
            [](ListLog::Unit&, const ListLog::Event&, int) {}};
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
