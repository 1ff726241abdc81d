#include "events/slot_table.hpp"

#include "support/catch.hpp"

using namespace feedctl;
using events::SlotTable;
using events::StepResult;

namespace {

constexpr int slot = 3, other_slot = 4;

// A table whose slots have consumers that no test runs: the database is never opened.
class SlotTableFixture {
  store::Database database_{store::Options{}};
  events::ConsumerLog log_{database_, "work", events::work_slots};
  const events::Consumer<events::ConsumerLog>::Effects effects_{};

 public:
  void own(int number, bool was_abandoned = false) {
    table.put_consumer(number, std::make_unique<events::Consumer<events::ConsumerLog>>(
                                   log_, effects_, number, 1, was_abandoned));
  }

  SlotTable table{std::nullopt};
};

}  // namespace

TEST_CASE("owned slots run in turn, each in one thread at a time") {
  SlotTableFixture fixture;
  auto& table = fixture.table;
  fixture.own(slot);
  fixture.own(other_slot);
  CHECK(table.owned_slots() == std::vector{slot, other_slot});
  CHECK(table.wait_for_slot() == slot);
  CHECK(table.wait_for_slot() == other_slot);
  table.finish_run(slot, StepResult::worked, false);  // so it has more
  CHECK(table.wait_for_slot() == slot);
}

TEST_CASE("a slot that is lost while it runs is forgotten once its batch has ended") {
  SlotTableFixture fixture;
  auto& table = fixture.table;
  fixture.own(slot);
  REQUIRE(table.wait_for_slot() == slot);
  table.forget(slot);
  CHECK(table.owns(slot));
  CHECK_FALSE(table.needs_consumer(slot));
  table.finish_run(slot, StepResult::lost, false);
  CHECK_FALSE(table.owns(slot));
  CHECK(table.needs_consumer(slot));
}

TEST_CASE("a slot is released once it is idle, and does not run until then") {
  SlotTableFixture fixture;
  auto& table = fixture.table;
  fixture.own(slot);
  fixture.own(other_slot);
  REQUIRE(table.wait_for_slot() == slot);
  table.release_when_idle(slot);
  CHECK_FALSE(table.take_releasable(slot));
  table.finish_run(slot, StepResult::worked, false);
  CHECK(table.wait_for_slot() == other_slot);
  CHECK(table.take_releasable(slot));
  CHECK_FALSE(table.take_releasable(slot));
  CHECK_FALSE(table.owns(slot));
}

TEST_CASE("one slot at a time runs an event that may have ended a process") {
  SlotTableFixture fixture;
  auto& table = fixture.table;
  fixture.own(slot, true);
  fixture.own(other_slot, true);
  fixture.own(7);
  CHECK(table.wait_for_slot() == slot);
  CHECK(table.wait_for_slot() == 7);
  table.forget(slot);
  table.finish_run(slot, StepResult::lost, false);
  CHECK(table.wait_for_slot() == other_slot);
}

TEST_CASE("a slot that only fails, or whose acquisition does, is reported") {
  using namespace std::chrono_literals;
  SlotTableFixture fixture;
  auto& table = fixture.table;
  table.record_acquisition(true);
  CHECK(table.is_failing_for(-1s));
  table.record_acquisition(false);
  CHECK_FALSE(table.is_failing_for(-1s));
  fixture.own(slot);
  REQUIRE(table.wait_for_slot() == slot);
  table.finish_run(slot, StepResult::idle, true);
  CHECK(table.is_failing_for(-1s));
}

TEST_CASE("no slot runs after the stop, and news of a slot that does not exist is ignored") {
  SlotTableFixture fixture;
  auto& table = fixture.table;
  table.notify(-1);
  table.notify(SlotTable::slot_count);
  fixture.own(slot);
  table.stop();
  CHECK(table.is_stopping());
  CHECK(table.wait_for_slot() == std::nullopt);
}
