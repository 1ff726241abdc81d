// What daemons tell a service manager.
#include <algorithm>
#include <csignal>

#include "lifecycle/managed.hpp"
#include "support/catch.hpp"
#include "support/serve.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

std::string port_of_its_own() {
  return "server: {port: " + std::to_string(support::free_port()) + "}\n";
}

}  // namespace

TEST_CASE("serve tells when it is ready, reloads and stops") {
  const support::FreshDatabase database;
  NotifySocket manager;
  Managed serve(database, {port_of_its_own(), {manager.variable()}});
  CHECK(manager.next("READY=1", 30s).find("STATUS=serving on port ") != std::string::npos);

  serve.process().signal(SIGHUP);
  const auto reloading = manager.next("RELOADING=1", 10s);
  const auto stamp = reloading.find("MONOTONIC_USEC=");
  REQUIRE(stamp != std::string::npos);
  CHECK(std::stoll(reloading.substr(stamp + 15)) > 0);
  CHECK_FALSE(manager.next("READY=1", 10s).empty());

  serve.process().signal(SIGTERM);
  CHECK_FALSE(manager.next("STOPPING=1", 10s).empty());
  CHECK(serve.process().wait(150s) == 0);
}

TEST_CASE("serve without its database is ready to be asked, and says what it waits for") {
  const support::FreshDatabase database(support::FreshDatabase::Schema::empty);
  NotifySocket manager;
  Managed serve(database, {port_of_its_own(), {manager.variable()}});
  CHECK(manager.next("READY=1", 30s).find("STATUS=waiting for the database") != std::string::npos);
}

TEST_CASE("work tells when it follows the log and when it stops") {
  const support::FreshDatabase database;
  NotifySocket manager;
  How how;
  how.command = "work";
  how.environment = {manager.variable()};
  Managed work(database, how);
  CHECK(manager.next("READY=1", 30s).find("STATUS=following the log by ") != std::string::npos);
  work.process().signal(SIGTERM);
  CHECK_FALSE(manager.next("STOPPING=1", 10s).empty());
  CHECK(work.process().wait(150s) == 0);
}

TEST_CASE("the watchdog is told of life while the loops turn, and not once one is stuck") {
  const support::FreshDatabase database;
  NotifySocket manager;
  How how{port_of_its_own(), {manager.variable(), "WATCHDOG_USEC=1500000"}};
  {
    Managed serve(database, how);
    REQUIRE_FALSE(manager.next("READY=1", 30s).empty());
    for (int i = 0; i < 4; ++i) REQUIRE_FALSE(manager.next("WATCHDOG=1", 10s).empty());
    serve.process().signal(SIGTERM);
    CHECK(serve.process().wait(150s) == 0);
  }
  how.config = port_of_its_own();
  how.environment.push_back("FEEDCTL_FAILPOINT=http.loop:2");
  Managed stuck(database, how);
  REQUIRE_FALSE(manager.next("READY=1", 30s).empty());
  CHECK(stuck.logs("the watchdog is not told"));
  while (!manager.next("WATCHDOG=1", 100ms).empty()) continue;  // those of before
  CHECK(manager.next("WATCHDOG=1", 2s).empty());
}

TEST_CASE("a watchdog with an interval beyond all clocks is told without haste, and serve ends") {
  const support::FreshDatabase database;
  NotifySocket manager;
  Managed serve(database,
                {port_of_its_own(), {manager.variable(), "WATCHDOG_USEC=30000000000000000"}});
  REQUIRE_FALSE(manager.next("READY=1", 30s).empty());
  REQUIRE_FALSE(manager.next("WATCHDOG=1", 30s).empty());
  CHECK(manager.next("WATCHDOG=1", 1s).empty());
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(60s) == 0);
}

TEST_CASE("a watchdog that is meant for another process is not fed") {
  const support::FreshDatabase database;
  NotifySocket manager;
  Managed serve(database, {port_of_its_own(),
                           {manager.variable(), "WATCHDOG_USEC=300000", "WATCHDOG_PID=1"}});
  REQUIRE_FALSE(manager.next("READY=1", 30s).empty());
  CHECK(manager.next("WATCHDOG=1", 1s).empty());
}
