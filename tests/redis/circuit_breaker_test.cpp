#include "redis/circuit_breaker.hpp"

#include "support/catch.hpp"

using feedctl::redis::CircuitBreaker;
using namespace std::chrono_literals;

TEST_CASE("five errors within a second open the breaker") {
  CircuitBreaker breaker;
  const auto start = CircuitBreaker::Clock::now();
  for (int i = 0; i < 4; ++i) CHECK_FALSE(breaker.on_failure(start + i * 200ms));
  CHECK(breaker.allow(start + 800ms));
  CHECK(breaker.on_failure(start + 800ms));
  CHECK_FALSE(breaker.allow(start + 801ms));
}

TEST_CASE("five errors over more than a second leave the circuit breaker closed") {
  CircuitBreaker breaker;
  const auto start = CircuitBreaker::Clock::now();
  for (int i = 0; i < 50; ++i) CHECK_FALSE(breaker.on_failure(start + i * 300ms));
  CHECK(breaker.allow(start + 15s));
}

TEST_CASE("an open breaker lets one probe a second through until one succeeds") {
  CircuitBreaker breaker;
  const auto start = CircuitBreaker::Clock::now();
  for (int i = 0; i < 5; ++i) breaker.on_failure(start);
  CHECK_FALSE(breaker.allow(start + 999ms));
  CHECK(breaker.allow(start + 1000ms));
  CHECK_FALSE(breaker.allow(start + 1001ms));
  CHECK_FALSE(breaker.on_failure(start + 1050ms));
  CHECK_FALSE(breaker.allow(start + 1999ms));
  CHECK(breaker.allow(start + 2000ms));
  CHECK(breaker.on_success());
  CHECK(breaker.allow(start + 2001ms));
  CHECK(breaker.allow(start + 2001ms));
  CHECK_FALSE(breaker.on_success());
  CHECK_FALSE(breaker.on_failure(start + 2002ms));
}
