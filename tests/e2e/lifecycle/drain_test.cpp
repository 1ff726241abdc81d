// How serve ends.
#include <sys/socket.h>

#include <csignal>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"
#include "support/worker_processes.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using feedctl::test::RawClient;
using namespace std::chrono_literals;

namespace {

struct DrainServer {
  explicit DrainServer(const std::string& settings, std::vector<std::string> environment = {})
      : port(support::free_port()),
        serve(database, {"server: {port: " + std::to_string(port) + ", " + settings + "}\n",
                         std::move(environment)}) {
    REQUIRE(serve.wait_for_log("\"listening\""));
  }
  RawClient client() const { return RawClient(port); }
  int ready() const { return client().get("/health/ready")->status; }

  support::FreshDatabase database;
  int port;
  ManagedProcess serve;
};

constexpr const char* half =
    "POST /v1/users/ HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{";

// The server has begun to read this request: it says so.
void begin_request(RawClient& client) {
  client.send(
      "POST /v1/users/ HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE_FALSE(client.read_until("100 Continue\r\n\r\n").empty());
  client.send("{");
}

}  // namespace

TEST_CASE(
    "SIGTERM: not ready, still serving, then the port closes and requests in flight end well") {
  DrainServer here("drain_delay: 5s, shutdown_timeout: 60s");
  REQUIRE(support::eventually(20s, [&] { return here.ready() == 200; }));
  auto in_flight = here.client();
  auto kept = here.client();
  CHECK(kept.get("/health/live")->status == 200);

  here.serve.process().signal(SIGTERM);
  REQUIRE(here.serve.wait_for_log("\"draining\""));
  CHECK(here.ready() == 503);
  const auto meanwhile = kept.get("/v1/feed/hot");
  REQUIRE(meanwhile);
  CHECK(meanwhile->status == 200);
  CHECK(meanwhile->header("connection").empty());
  in_flight.send(half);

  const auto refused = [&] {
    try {
      here.client();
      return false;
    } catch (const std::exception&) {
      return true;
    }
  };
  CHECK(support::eventually(20s, refused));
  in_flight.send("}");
  const auto last = in_flight.read_response();
  REQUIRE(last);
  CHECK(last->status < 500);
  CHECK(last->header("connection") == "close");
  CHECK(here.serve.process().wait(150s) == 0);
}

TEST_CASE("a second signal while draining ends serve at once, and the exit code names it") {
  for (const int second : {SIGTERM, SIGINT}) {
    DrainServer here("drain_delay: 60s");
    here.serve.process().signal(SIGTERM);
    REQUIRE(here.serve.wait_for_log("\"draining\""));
    here.serve.process().signal(SIGHUP);  // is no reason to end
    here.serve.process().signal(second);
    CHECK(here.serve.process().wait(150s) == 128 + second);
  }
}

TEST_CASE("a hung shutdown is aborted ten seconds after the drain time, with its own exit code") {
  DrainServer here("shutdown_timeout: 100ms", {"FEEDCTL_FAILPOINT=serve.end=stall"});
  here.serve.process().signal(SIGTERM);
  CHECK(here.serve.process().wait(150s) == 1);
  CHECK(here.serve.wait_for_log("took too long"));
}

TEST_CASE("requests that do not finish in time are cut off, with their own exit code") {
  DrainServer here("shutdown_timeout: 300ms");
  auto in_flight = here.client();
  begin_request(in_flight);
  here.serve.process().signal(SIGTERM);
  CHECK(here.serve.process().wait(150s) == 1);
  CHECK(here.serve.wait_for_log("aborted at the shutdown time-out"));
}
