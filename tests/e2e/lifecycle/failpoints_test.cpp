// The failpoints of the feedctl binary, which every other test that sets one relies on.
#include <algorithm>
#include <array>
#include <csignal>
#include <map>
#include <regex>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/failpoint_hits.hpp"
#include "support/process.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using namespace std::chrono_literals;

namespace {

// Features whose own suites check that each of their points is hit.
constexpr std::array<std::string_view, 6> checked_elsewhere{"blob.",  "images.", "imports.",
                                                            "media.", "seed.",   "views."};

bool is_checked_elsewhere(const std::string& point) {
  return std::any_of(checked_elsewhere.begin(), checked_elsewhere.end(),
                     [&](std::string_view prefix) { return point.rfind(prefix, 0) == 0; });
}

// A server that shows the hot feed, tells its watchdog and ends.
void run_server(const support::FreshDatabase& database, const support::FailpointHits& hits) {
  NotifySocket manager;
  const int port = support::free_port();
  ManagedProcess serve(database, {"server: {port: " + std::to_string(port) + "}\n",
                                  {manager.environment_variable(), "WATCHDOG_USEC=1500000",
                                   hits.environment_variable()}});
  REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
  const support::HttpClient http(port);
  CHECK(support::eventually([&] { return http.get("/v1/feed/hot").status == 200; }));
  CHECK(support::eventually([&] { return hits.has("http.loop"); }));
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(150s) == 0);
}

// A worker that handles an event.
void run_worker(const support::FreshDatabase& database, const support::FailpointHits& hits) {
  database.execute(
      "INSERT INTO events (type, shard, actor, object) VALUES (8, 0, 1, 1) RETURNING id");
  ProcessOptions how;
  how.command = "work";
  how.environment = {hits.environment_variable()};
  ManagedProcess work(database, how);
  CHECK(support::eventually([&] { return hits.has("work.event"); }));
  work.process().signal(SIGTERM);
  CHECK(work.process().wait(150s) == 0);
}

}  // namespace

TEST_CASE("feedctl failpoints lists every name once, or says that the build has none") {
  const auto listed = support::run_feedctl({"failpoints"});
  if (listed.exit_code != 0) {
    CHECK(listed.err.find("this build has no failpoints") != std::string::npos);
    return;
  }
  const auto names = support::declared_failpoints();
  CHECK(names.count("work.event") == 1);
  CHECK(std::count(listed.out.begin(), listed.out.end(), '\n') ==
        static_cast<std::ptrdiff_t>(names.size()));
  for (const auto& name : names) {
    INFO(name);
    CHECK(std::regex_match(name, std::regex("[a-z_]+(\\.[a-z_]+)+")));
  }
}

TEST_CASE("a failpoint that cannot be set ends every command at its start") {
  const bool has_points = !support::declared_failpoints().empty();
  const std::map<std::string, std::string> hints{{"no.such.point=kill", "work.event"},
                                                 {"work.event=oops", "delay:MS"}};
  for (const auto& [rules, hint] : hints) {
    support::RunOptions how;
    how.environment = {"FEEDCTL_FAILPOINT=" + rules};
    const auto result = support::run_feedctl({"version"}, how);
    INFO(result.err);
    CHECK(result.exit_code == 78);
    CHECK(result.out == "");
    CHECK(result.err.find(has_points ? hint : "has no failpoints") != std::string::npos);
  }
}

TEST_CASE("a file of hits that cannot be opened ends the command") {
  support::RunOptions how;
  how.environment = {"FEEDCTL_FAILPOINT_HITS=/nowhere/hits"};
  CHECK(support::run_feedctl({"version"}, how).exit_code == 78);
}

TEST_CASE("every declared failpoint is hit by a server or a worker") {
  const auto declared = support::declared_failpoints();
  if (declared.empty()) return;  // a build without them
  const support::FreshDatabase database;
  const support::FailpointHits hits;
  run_server(database, hits);
  run_worker(database, hits);
  const auto hit = hits.read();
  for (const auto& point : declared) {
    if (is_checked_elsewhere(point)) continue;
    INFO(point);
    CHECK(hit.count(point) == 1);
  }
}
