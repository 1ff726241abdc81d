#include "loadtest/arrival_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "loadtest/arrival_queue.hpp"
#include "support/catch.hpp"
#include "support/error_code.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;
using Times = std::vector<std::chrono::nanoseconds>;

Times times_of(const ArrivalSchedule& schedule, std::uint64_t first = 0, std::uint64_t step = 1) {
  ArrivalCursor cursor(schedule, first, step);
  Times times;
  while (const auto time = cursor.next()) times.push_back(*time);
  return times;
}

TEST_CASE("a constant rate has equal distances, without drift") {
  const ArrivalSchedule schedule({{300, 100s, false}});
  CHECK(schedule.count() == 30'000);
  CHECK(schedule.duration() == 100s);
  const auto times = times_of(schedule);
  REQUIRE(times.size() == 30'000);
  for (std::size_t n = 0; n < times.size(); n += 299) {
    const auto exact = static_cast<double>(n) / 300 * 1e9;
    REQUIRE(std::abs(static_cast<double>(times[n].count()) - exact) <= 1);
  }
  CHECK(times[29'700] == 99s);
}

TEST_CASE("a rate that is no whole number plans all that begin before the end") {
  CHECK(times_of(ArrivalSchedule({{2.5, 1s, false}})) == Times{0ms, 400ms, 800ms});
  CHECK(times_of(ArrivalSchedule({{0.5, 4s, false}})) == Times{0s, 2s});
}

TEST_CASE("in a ramp arrival n comes where the integral of the rate reaches n") {
  // From 0 to 100 a second within 2 s: n = 25 t^2.
  const ArrivalSchedule schedule({{100, 2s, true}});
  CHECK(schedule.count() == 100);
  const auto times = times_of(schedule);
  REQUIRE(times.size() == 100);
  CHECK(times[0] == 0s);
  CHECK(times[25] == 1s);
  for (std::size_t n = 1; n < times.size(); ++n) {
    const auto exact = std::sqrt(static_cast<double>(n) / 25) * 1e9;
    REQUIRE(std::abs(static_cast<double>(times[n].count()) - exact) <= 1);
  }
}

TEST_CASE("a ramp begins at the rate of the stage before, and may go down") {
  const ArrivalSchedule schedule(
      {{100, 1s, false}, {0, 2s, true}, {0, 1s, false}, {10, 1s, false}});
  // 100, then 100 t - 25 t^2 up to 100, then nothing for a second, then 10.
  CHECK(schedule.count() == 210);
  CHECK(schedule.duration() == 5s);
  const auto times = times_of(schedule);
  REQUIRE(times.size() == 210);
  CHECK(times[100] == 1s);
  CHECK(times[175] == 2s);
  CHECK(times[199] < 3s);
  CHECK(times[200] == 4s);
  CHECK(times[209] == 4900ms);
  CHECK(std::is_sorted(times.begin(), times.end()));
}

TEST_CASE("a stage without duration sets where a ramp begins") {
  CHECK(ArrivalSchedule({{100, 1s, false}, {0, 0s, false}, {100, 1s, true}}).count() == 150);
}

bool is_near(double measured, double exact) {
  return std::abs(measured - exact) < 1e-6;
}

TEST_CASE("planned counts arrivals of a span, with their fraction") {
  const ArrivalSchedule schedule({{10, 1s, false}, {30, 1s, true}, {5, 500ms, false}});
  CHECK(is_near(schedule.planned(0s, 1s), 10));
  CHECK(is_near(schedule.planned(1s, 2s), 20));
  CHECK(is_near(schedule.planned(2s, 3s), 2.5));
  CHECK(is_near(schedule.planned(500ms, 1500ms), 5 + 7.5));
  CHECK(is_near(schedule.planned(3s, 4s), 0));
}

TEST_CASE("the threads together send each arrival exactly once, at its time") {
  const ArrivalSchedule schedule({{70, 1s, true}, {33.3, 3s, false}, {0, 1s, true}});
  const auto all = times_of(schedule);
  REQUIRE(all.size() == schedule.count());
  for (const std::uint64_t threads : {1, 2, 3, 7}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t thread = 0; thread < threads; ++thread) {
      auto n = thread;
      for (const auto time : times_of(schedule, thread, threads)) {
        REQUIRE(time == all[n]);
        REQUIRE(seen.insert(n).second);
        n += threads;
      }
    }
    CHECK(seen.size() == all.size());
  }
}

TEST_CASE("more threads than arrivals leave some without") {
  const ArrivalSchedule schedule({{2, 1s, false}});
  CHECK(times_of(schedule, 1, 4) == Times{500ms});
  CHECK(times_of(schedule, 2, 4).empty());
}

TEST_CASE("stages without sense are refused") {
  for (const auto& stage : {Stage{-1, 1s, false}, Stage{NAN, 1s, false}, Stage{HUGE_VAL, 1s, false},
                            Stage{2e7, 1s, false}, Stage{1, -1s, false}, Stage{1, 721h, false},
                            Stage{1e7, 720h, false}}) {
    CHECK(support::error_code_of([&] { ArrivalSchedule({stage}); }) == ErrorCode::invalid_argument);
  }
  CHECK(support::error_code_of([] {
          ArrivalSchedule({{1, 400h, false}, {1, 400h, false}});
        }) == ErrorCode::invalid_argument);
  CHECK(ArrivalSchedule({{0, 1s, false}}).count() == 0);
}

TEST_CASE("the queue of arrivals keeps their order while it grows, up to its limit") {
  ArrivalQueue queue(150);
  const auto time = [](int n) { return Clock::time_point{} + std::chrono::seconds{n}; };
  int pushed = 0, popped = 0;
  for (; pushed < 50; ++pushed) REQUIRE(queue.push(time(pushed)));
  for (; popped < 30; ++popped) REQUIRE(queue.pop() == time(popped));
  while (queue.push(time(pushed))) ++pushed;
  CHECK(queue.size() == 150);
  CHECK(pushed - popped == 150);
  CHECK(queue.front() == time(popped));
  for (; !queue.is_empty(); ++popped) REQUIRE(queue.pop() == time(popped));
  CHECK(popped == pushed);
}

}  // namespace
}  // namespace feedctl::loadtest
