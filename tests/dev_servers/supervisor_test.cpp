// A service that is held stays down until it is released.
#include "dev_servers/supervisor.hpp"

#include <csignal>

#include "base/error.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

namespace feedctl::dev_servers {
namespace {

using support::eventually;

Service sleeper(const std::string& name) {
  Service service;
  service.name = name;
  service.command.argv = {"sleep", "600"};
  return service;
}

}  // namespace

TEST_CASE("a held service is not started again until it is released") {
  Supervisor supervisor;
  supervisor.start(sleeper("held"));
  supervisor.start(sleeper("other"));
  const pid_t before = supervisor.pid("held"), other = supervisor.pid("other");
  supervisor.hold("held", SIGKILL);
  CHECK(supervisor.pid("held") == 0);
  CHECK(has_ended(before));
  // The supervisor starts another one again meanwhile, so it has looked at both.
  REQUIRE(::kill(other, SIGKILL) == 0);
  REQUIRE(eventually([&] {
    const pid_t pid = supervisor.pid("other");
    return pid != 0 && pid != other;
  }));
  CHECK(supervisor.pid("held") == 0);
  supervisor.release("held");
  const pid_t after = supervisor.pid("held");
  CHECK(after != 0);
  CHECK(after != before);
  REQUIRE(::kill(after, SIGKILL) == 0);
  CHECK(eventually([&] {
    const pid_t pid = supervisor.pid("held");
    return pid != 0 && pid != after;
  }));
}

TEST_CASE("a held service that ignores its signal is killed after its grace period") {
  Supervisor supervisor;
  auto service = sleeper("stubborn");
  service.grace_period = std::chrono::milliseconds{50};
  supervisor.start(std::move(service));
  const pid_t before = supervisor.pid("stubborn");
  supervisor.hold("stubborn", SIGCONT);
  CHECK(supervisor.pid("stubborn") == 0);
  CHECK(has_ended(before));
}

TEST_CASE("a supervisor stops with a service held") {
  Supervisor supervisor;
  supervisor.start(sleeper("held"));
  supervisor.hold("held", SIGTERM);
  supervisor.stop();
  CHECK(supervisor.status().empty());
}

TEST_CASE("a name that the supervisor does not have is refused") {
  Supervisor supervisor;
  CHECK_THROWS_AS(supervisor.hold("nobody", SIGTERM), Error);
  CHECK_THROWS_AS(supervisor.release("nobody"), Error);
}

}  // namespace feedctl::dev_servers
