// The clock that the other tests here step.
#include <thread>

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/own_postgres.hpp"
#include "support/worker_processes.hpp"

namespace feedctl::test {

namespace {

using namespace std::chrono_literals;
using support::PrivatePostgres;

// Whole hours between the server's clock and ours.
std::string hours_ahead(const PrivatePostgres& postgres, const std::string& clock) {
  const auto here =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  return postgres.execute("SELECT round((extract(epoch FROM " + clock + ") - " +
                          std::to_string(here.count()) + ") / 3600)");
}

// Whether it was ended by the server.
bool has_ended(const PrivatePostgres& postgres, const std::string& sql) {
  try {
    postgres.execute(sql);
    return false;
  } catch (const Error&) {
    return true;
  }
}

}  // namespace

TEST_CASE(
    "stepping the clock of a running server leaves its sleeps, time-outs and deadlock checks "
    "working") {
  PrivatePostgres postgres(PrivatePostgres::Clock::stepped);
  CHECK(hours_ahead(postgres, "clock_timestamp()") == "0");
  for (const auto hours : {240, -48, 0, 24 * 200}) {
    INFO(hours);
    postgres.set_clock(std::chrono::hours{hours});
    for (const auto* clock : {"now()", "clock_timestamp()"})
      CHECK(hours_ahead(postgres, clock) == std::to_string(hours));
    CHECK(has_ended(postgres, "SET statement_timeout = '100ms'; SELECT pg_sleep(600)"));
    CHECK_FALSE(has_ended(postgres, "SELECT pg_sleep(0.01)"));
  }
  postgres.execute("CREATE TABLE two (id integer PRIMARY KEY)");
  postgres.execute("INSERT INTO two VALUES (1), (2)");
  const auto lock_both = [&](const std::string& first, const std::string& second) {
    return "DO $$ BEGIN PERFORM FROM two WHERE id = " + first +
           " FOR UPDATE; PERFORM pg_sleep(0.5); PERFORM FROM two WHERE id = " + second +
           " FOR UPDATE; END $$";
  };
  bool one_ended = false;
  std::thread one([&] { one_ended = has_ended(postgres, lock_both("1", "2")); });
  const bool other_ended = has_ended(postgres, lock_both("2", "1"));
  one.join();
  CHECK(one_ended != other_ended);
}

}  // namespace feedctl::test
