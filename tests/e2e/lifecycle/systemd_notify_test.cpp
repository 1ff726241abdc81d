// What daemons tell a service manager.
#include <algorithm>
#include <csignal>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

std::string port_of_its_own() {
  return "server: {port: " + std::to_string(support::free_port()) + "}\n";
}

}  // namespace

TEST_CASE("serve notifies systemd when it is ready, reloads and stops") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ManagedProcess serve(database, {port_of_its_own(), {manager.environment_variable()}});
  CHECK(manager.wait_for_message("READY=1", 150s).find("STATUS=serving on port ") !=
        std::string::npos);

  serve.process().signal(SIGHUP);
  const auto reloading = manager.wait_for_message("RELOADING=1", 150s);
  const auto stamp = reloading.find("MONOTONIC_USEC=");
  REQUIRE(stamp != std::string::npos);
  CHECK(std::stoll(reloading.substr(stamp + 15)) > 0);
  CHECK_FALSE(manager.wait_for_message("READY=1", 150s).empty());

  serve.process().signal(SIGTERM);
  CHECK_FALSE(manager.wait_for_message("STOPPING=1", 150s).empty());
  CHECK(serve.process().wait(150s) == 0);
}

TEST_CASE("serve without its database notifies readiness, with what it waits for as status") {
  const support::FreshDatabase database(support::FreshDatabase::Schema::empty);
  NotifySocket manager;
  ManagedProcess serve(database, {port_of_its_own(), {manager.environment_variable()}});
  CHECK(manager.wait_for_message("READY=1", 150s).find("STATUS=waiting for the database") !=
        std::string::npos);
}

TEST_CASE("work notifies systemd when it follows the log and when it stops") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ProcessOptions how;
  how.command = "work";
  how.environment = {manager.environment_variable()};
  ManagedProcess work(database, how);
  CHECK(manager.wait_for_message("READY=1", 150s).find("STATUS=following the log by ") !=
        std::string::npos);
  work.process().signal(SIGTERM);
  CHECK_FALSE(manager.wait_for_message("STOPPING=1", 150s).empty());
  CHECK(work.process().wait(150s) == 0);
}

TEST_CASE("the watchdog is notified while the event loops run, and not once one is stuck") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ProcessOptions how{port_of_its_own(), {manager.environment_variable(), "WATCHDOG_USEC=1500000"}};
  {
    ManagedProcess serve(database, how);
    REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
    for (int i = 0; i < 4; ++i) REQUIRE_FALSE(manager.wait_for_message("WATCHDOG=1", 150s).empty());
    serve.process().signal(SIGTERM);
    CHECK(serve.process().wait(150s) == 0);
  }
  how.config = port_of_its_own();
  how.environment.push_back("FEEDCTL_FAILPOINT=http.loop[2]=stall");
  ManagedProcess stuck(database, how);
  REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
  CHECK(stuck.wait_for_log("the watchdog is not notified"));
  while (!manager.wait_for_message("WATCHDOG=1", 100ms).empty()) continue;  // those of before
  CHECK(manager.wait_for_message("WATCHDOG=1", 2s).empty());
}

TEST_CASE("a watchdog with a huge interval is notified rarely, and serve still ends") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ManagedProcess serve(
      database,
      {port_of_its_own(), {manager.environment_variable(), "WATCHDOG_USEC=30000000000000000"}});
  REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
  REQUIRE_FALSE(manager.wait_for_message("WATCHDOG=1", 150s).empty());
  CHECK(manager.wait_for_message("WATCHDOG=1", 1s).empty());
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(60s) == 0);
}

TEST_CASE("a watchdog meant for another process is not notified") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ManagedProcess serve(
      database, {port_of_its_own(),
                 {manager.environment_variable(), "WATCHDOG_USEC=300000", "WATCHDOG_PID=1"}});
  REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
  CHECK(manager.wait_for_message("WATCHDOG=1", 1s).empty());
}
