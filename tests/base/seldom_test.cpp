#include "base/seldom.hpp"

#include <thread>

#include "support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("what goes on is told at once, when it changes, and once an interval") {
  feedctl::Seldom hourly(1h), often(50ms);
  CHECK(hourly.due("gone"));
  CHECK_FALSE(hourly.due("gone"));
  CHECK(hourly.due("starting"));
  CHECK_FALSE(hourly.due("starting"));
  CHECK(often.due(""));
  std::this_thread::sleep_for(60ms);
  CHECK(often.due(""));
}
