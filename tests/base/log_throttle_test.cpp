#include "base/log_throttle.hpp"

#include <thread>

#include "support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("a repeated condition is logged at first, when it changes, and once per interval") {
  feedctl::LogThrottle hourly(1h), often(50ms);
  CHECK(hourly.should_log("gone"));
  CHECK_FALSE(hourly.should_log("gone"));
  CHECK(hourly.should_log("starting"));
  CHECK_FALSE(hourly.should_log("starting"));
  CHECK(often.should_log(""));
  std::this_thread::sleep_for(60ms);
  CHECK(often.should_log(""));
}
