#include "concurrent/single_flight.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

// A computation that waits until the test releases it.
struct Gate {
  std::promise<void> entered, leave;
  void pass() {
    entered.set_value();
    leave.get_future().wait();
  }
};

}  // namespace

TEST_CASE("concurrent callers with one key share one computation") {
  auto& waits = metrics::counter("feedctl_test_flight_waits_total", "Test.");
  concurrent::SingleFlight<int> flight(&waits);
  Gate gate;
  std::atomic<int> computed{0};
  std::vector<std::future<std::optional<int>>> results;
  const auto compute = [&] {
    if (++computed == 1) gate.pass();
    return 42;
  };
  const auto call = [&] { return flight.run("k", Deadline::after(10s), compute); };
  results.push_back(std::async(std::launch::async, call));
  gate.entered.get_future().wait();
  for (int i = 0; i < 5; ++i) results.push_back(std::async(std::launch::async, call));
  while (waits.value() < 5) std::this_thread::sleep_for(1ms);
  gate.leave.set_value();
  for (auto& result : results) CHECK(result.get() == 42);
  CHECK(computed == 1);
}

TEST_CASE("callers with different keys do not wait for one another") {
  concurrent::SingleFlight<int> flight;
  Gate gate;
  auto slow = std::async(std::launch::async, [&] {
    return flight.run("slow", Deadline::after(10s), [&] { return gate.pass(), 1; });
  });
  gate.entered.get_future().wait();
  CHECK(flight.run("quick", Deadline::after(0s), [] { return 2; }) == 2);
  gate.leave.set_value();
  CHECK(slow.get() == 1);
}

namespace {

// The errors that the first caller and three joined ones get when the computation throws `error`.
template <typename Thrown>
std::vector<std::string> errors_of_waiters(concurrent::SingleFlight<int>& flight,
                                           const metrics::Counter& waits, const Thrown& error) {
  Gate gate;
  const auto call = [&]() -> std::string {
    try {
      flight.run("k", Deadline::after(10s), [&]() -> int {
        gate.pass();
        throw error;
      });
      return "nothing";
    } catch (const Error& seen) {
      return std::string(seen.what()) + "/" + seen.detail();
    } catch (const std::exception& seen) {
      return seen.what();
    }
  };
  const auto before = waits.value();
  std::vector<std::future<std::string>> calls;
  calls.push_back(std::async(std::launch::async, call));
  gate.entered.get_future().wait();
  for (int i = 0; i < 3; ++i) calls.push_back(std::async(std::launch::async, call));
  while (waits.value() < before + 3) std::this_thread::sleep_for(1ms);
  gate.leave.set_value();
  std::vector<std::string> seen;
  for (auto& one : calls) seen.push_back(one.get());
  return seen;
}

}  // namespace

TEST_CASE("an exception reaches all waiting callers, and the next caller computes again") {
  auto& waits = metrics::counter("feedctl_test_throw_waits_total", "Test.");
  concurrent::SingleFlight<int> flight(&waits);
  const auto error = Error(ErrorCode::unavailable, "no luck").with_detail("today");
  CHECK(errors_of_waiters(flight, waits, error) == std::vector<std::string>(4, "no luck/today"));
  CHECK(flight.run("k", Deadline::after(1s), [] { return 7; }) == 7);
}

TEST_CASE("an exception that is not an Error reaches the waiting callers as an Error") {
  auto& waits = metrics::counter("feedctl_test_strange_waits_total", "Test.");
  concurrent::SingleFlight<int> flight(&waits);
  const auto seen = errors_of_waiters(flight, waits, std::runtime_error("no luck"));
  CHECK(seen[0] == "no luck");
  for (std::size_t i = 1; i < 4; ++i) CHECK(seen[i] == "Internal server error/no luck");
}

TEST_CASE("a caller waits no longer than its deadline") {
  concurrent::SingleFlight<int> flight;
  Gate gate;
  auto slow = std::async(std::launch::async, [&] {
    return flight.run("k", Deadline::after(0s), [&] { return gate.pass(), 1; });
  });
  gate.entered.get_future().wait();
  const auto begin = std::chrono::steady_clock::now();
  const auto result = flight.run("k", Deadline::after(50ms), [] { return 2; });
  const auto waited = std::chrono::steady_clock::now() - begin;
  CHECK_FALSE(result);
  CHECK(waited >= 50ms);
  CHECK(waited < 20s);
  gate.leave.set_value();
  CHECK(slow.get() == 1);
}

TEST_CASE("results are not kept: the next caller computes again") {
  concurrent::SingleFlight<int> flight;
  int computed = 0;
  for (int i = 1; i <= 3; ++i) {
    CHECK(flight.run("k", Deadline::after(1s), [&] { return ++computed; }) == i);
  }
}
