#include "cache/breaker.hpp"

#include "support/catch.hpp"

using feedctl::cache::Breaker;
using namespace std::chrono_literals;

TEST_CASE("five errors within a second open the breaker") {
  Breaker breaker;
  const auto start = Breaker::Clock::now();
  for (int i = 0; i < 4; ++i) CHECK_FALSE(breaker.failed(start + i * 200ms));
  CHECK(breaker.allow(start + 800ms));
  CHECK(breaker.failed(start + 800ms));
  CHECK_FALSE(breaker.allow(start + 801ms));
}

TEST_CASE("five errors over a longer time do not") {
  Breaker breaker;
  const auto start = Breaker::Clock::now();
  for (int i = 0; i < 50; ++i) CHECK_FALSE(breaker.failed(start + i * 300ms));
  CHECK(breaker.allow(start + 15s));
}

TEST_CASE("an open breaker lets one probe a second through until one succeeds") {
  Breaker breaker;
  const auto start = Breaker::Clock::now();
  for (int i = 0; i < 5; ++i) breaker.failed(start);
  CHECK_FALSE(breaker.allow(start + 999ms));
  CHECK(breaker.allow(start + 1000ms));
  CHECK_FALSE(breaker.allow(start + 1001ms));
  CHECK_FALSE(breaker.failed(start + 1050ms));
  CHECK_FALSE(breaker.allow(start + 1999ms));
  CHECK(breaker.allow(start + 2000ms));
  CHECK(breaker.succeeded());
  CHECK(breaker.allow(start + 2001ms));
  CHECK(breaker.allow(start + 2001ms));
  CHECK_FALSE(breaker.succeeded());
  CHECK_FALSE(breaker.failed(start + 2002ms));
}
