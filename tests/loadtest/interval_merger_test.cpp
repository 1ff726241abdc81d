#include "loadtest/interval_merger.hpp"

#include <cmath>

#include "support/catch.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;

IntervalPart part(std::uint32_t second, int answers, std::chrono::milliseconds latency,
                  std::uint32_t in_flight = 0) {
  IntervalPart made;
  made.second = second;
  made.answers = static_cast<std::uint64_t>(answers);
  made.in_flight = in_flight;
  made.latency.record(latency, made.answers);
  return made;
}

TEST_CASE("an interval is that of all threads") {
  const ArrivalSchedule schedule({{7, 10s, false}});
  IntervalMerger merger(&schedule, 9);
  merger.add({part(0, 90, 1ms, 3)});
  merger.add({part(0, 10, 20ms, 4)});
  const auto intervals = merger.take(1, false);
  REQUIRE(intervals.size() == 1);
  CHECK(intervals[0].answers == 100);
  CHECK(intervals[0].in_flight == 7);
  CHECK(intervals[0].p90 == 1ms);
  CHECK(intervals[0].p99 >= 20ms);
  CHECK(intervals[0].max >= 20ms);
  CHECK(std::lround(intervals[0].planned_rate) == 7);
}

TEST_CASE("an interval counts the errors of all threads by kind") {
  const auto lost = static_cast<std::size_t>(Outcome::connection_lost);
  auto one = part(0, 0, 1ms), other = part(0, 5, 1ms);
  one.errors = one.outcomes[lost] = 2;
  other.errors = other.outcomes[lost] = 1;
  IntervalMerger merger(nullptr, 9);
  merger.add({one, other});
  const auto intervals = merger.take(1, false);
  REQUIRE(intervals.size() == 1);
  CHECK(intervals[0].errors == 3);
  CHECK(intervals[0].outcomes[lost] == 3);
}

TEST_CASE("a second waits until every thread has ended it") {
  IntervalMerger merger(nullptr, 9);
  merger.add({part(0, 1, 1ms), part(1, 2, 1ms)});
  CHECK(merger.take(0, false).empty());
  CHECK(merger.take(1, false).size() == 1);
  const auto next = merger.take(2, false);
  REQUIRE(next.size() == 1);
  CHECK(next[0].second == 1);
  CHECK(next[0].planned_rate == 0);
}

TEST_CASE("the last fraction of a second counts in the last second of the plan") {
  IntervalMerger merger(nullptr, 1);
  merger.add({part(0, 5, 1ms), part(1, 5, 1ms, 2)});
  CHECK(merger.take(2, false).size() == 1);
  merger.add({part(2, 2, 90ms)});
  const auto rest = merger.take(3, true);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].second == 1);
  CHECK(rest[0].answers == 7);
  CHECK(rest[0].in_flight == 0);
  CHECK(rest[0].max >= 90ms);
}

TEST_CASE("answers that are seconds late have intervals of their own") {
  IntervalMerger merger(nullptr, 0);
  merger.add({part(0, 5, 1ms), part(1, 4, 1ms), part(2, 3, 1ms)});
  const auto intervals = merger.take(3, true);
  REQUIRE(intervals.size() == 2);
  CHECK(intervals[0].answers == 5);
  CHECK(intervals[1].answers == 7);
}

TEST_CASE("a plan that ends within a second keeps that second") {
  IntervalMerger merger(nullptr, 2);
  merger.add({part(0, 1, 1ms), part(1, 1, 1ms), part(2, 1, 1ms)});
  CHECK(merger.take(3, true).size() == 3);
}

TEST_CASE("a run that is stopped ends its plan there") {
  IntervalMerger merger(nullptr, 600);
  merger.stop_at(0);
  merger.add({part(0, 1, 1ms)});
  CHECK(merger.take(1, false).empty());
  merger.add({part(1, 1, 1ms)});
  CHECK(merger.take(2, true).size() == 1);
}

}  // namespace
}  // namespace feedctl::loadtest
