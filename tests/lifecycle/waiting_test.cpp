// What serve and work say while their database is gone for hours.
#include <csignal>
#include <thread>

#include "support/catch.hpp"
#include "support/process.hpp"
#include "support/serve.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

TEST_CASE("a database that is gone is told once in a while, not at every try") {
  for (const std::string command : {"serve", "work"}) {
    INFO(command);
    support::RunOptions run;
    run.environment = {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL=host=/nowhere dbname=x",
                       "FEEDCTL_AUTH_MODE=open", "FEEDCTL_LOG_FORMAT=json"};
    support::Background process(
        {support::feedctl_binary(), command, "--port", std::to_string(support::free_port())}, run);
    REQUIRE(process.wait_for_line("waiting for the database", 30s));
    std::this_thread::sleep_for(2s);  // several tries
    process.signal(SIGTERM);
    CHECK(process.wait(30s) == 0);
    const auto output = process.output();
    const auto first = output.find("waiting for the database");
    CHECK(output.find("waiting for the database", first + 1) == std::string::npos);
  }
}
