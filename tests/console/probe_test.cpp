// Readings that many callers share, of servers that may be slow or down.
#include "console/probe.hpp"

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using console::Probe;
using support::eventually;

namespace {

constexpr std::chrono::hours long_time{1};

Deadline late() {
  return Deadline::after(long_time);
}

}  // namespace

TEST_CASE("callers within the age of a reading share it") {
  std::atomic<int> reads{0};
  Probe<int> probe([&] { return ++reads; }, long_time);
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int k = 0; k < 100; ++k) probe.get(late());
    });
  }
  callers.clear();
  CHECK(probe.get(late()).value.has_value());
  CHECK(reads == 1);
}

TEST_CASE("an old reading is read again") {
  int reads = 0;
  Probe<int> probe([&] { return ++reads; }, std::chrono::milliseconds{0});
  const auto first = probe.get(late()).value;
  const auto second = probe.get(late()).value;
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(*second > *first);
}

TEST_CASE("a failure is a reading without a value, and says why") {
  Probe<int> probe([]() -> int { throw std::runtime_error("it is down"); }, long_time);
  const auto reading = probe.get(late());
  CHECK_FALSE(reading.value.has_value());
  CHECK(reading.error == "it is down");
}

TEST_CASE("a caller does not wait beyond its deadline, and a later one has the result") {
  std::promise<void> answer;
  Probe<int> probe(
      [ready = answer.get_future().share()] {
        ready.wait();
        return 7;
      },
      long_time);
  const auto reading = probe.get(Deadline::after(std::chrono::milliseconds{1}));
  CHECK_FALSE(reading.value.has_value());
  CHECK_FALSE(reading.error.empty());
  answer.set_value();
  CHECK(probe.get(late()).value == 7);
}

TEST_CASE("a reading that was requested is there without waiting") {
  Probe<int> probe([] { return 7; }, long_time);
  probe.request();
  CHECK(eventually([&] { return probe.get(Deadline::after({})).value == 7; }));
}
