// What `feedctl work` writes into its log while something is away.
#include "support/catch.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace std::chrono_literals;

namespace {

int count(const std::string& text, std::string_view what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("an unreachable bus is logged once, not at every attempt") {
  support::FreshDatabase fresh;
  // Nobody listens there.
  support::WorkerProcesses workers(fresh, 1,
                                   {{"redis.url", "redis://127.0.0.1:1"}, {"bus.kind", "redis"}});
  const auto attempts = [&] { return count(workers.output(0), "cannot receive from the bus"); };
  REQUIRE(support::eventually(20s, [&] { return attempts() > 0; }));
  std::this_thread::sleep_for(3s);  // some five attempts
  CHECK(attempts() == 1);
  CHECK(workers.stop(0) == 0);
}
