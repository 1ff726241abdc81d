// What serve and work say while their database is gone for hours.
#include <csignal>
#include <memory>
#include <thread>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

TEST_CASE("an unreachable database is logged occasionally, not at every attempt") {
  support::RunOptions run;
  run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=host=/nowhere dbname=x",
                     "FEEDCTL_AUTH_MODE=open", "FEEDCTL_LOG_FORMAT=json"};
  const auto started = [&](const std::string& command) {
    return std::make_unique<support::BackgroundProcess>(
        std::vector<std::string>{support::feedctl_binary(), command, "--port",
                                 std::to_string(support::free_port())},
        run);
  };
  const auto serve = started("serve"), work = started("work");
  for (auto* process : {serve.get(), work.get()})
    REQUIRE(process->wait_for_line("waiting for the database", 150s));
  std::this_thread::sleep_for(2s);  // several tries
  for (auto* process : {serve.get(), work.get()}) {
    process->signal(SIGTERM);
    CHECK(process->wait(150s) == 0);
    const auto output = process->output();
    INFO(output);
    const auto first = output.find("waiting for the database");
    CHECK(output.find("waiting for the database", first + 1) == std::string::npos);
  }
}
