// SIGHUP: a running serve takes over its rate limits.
#include <csignal>

#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;

TEST_CASE("SIGHUP applies rate limits to the next request, and a wrong one changes nothing") {
  const support::FreshDatabase database;
  const auto port = support::free_port();
  const auto config = [&](const std::string& limit) {
    return "server: {port: " + std::to_string(port) + "}\n" +
           "rate_limit:\n  exempt_addresses: []\n  address.read: " + limit + "\n";
  };
  ManagedProcess serve(database, {config("2/1d burst 2")});
  REQUIRE(serve.wait_for_log("\"listening\""));
  const support::HttpClient http(port);
  const auto status = [&] { return http.get("/v1/users?handle=nobody").status; };
  CHECK(status() == 404);
  CHECK(status() == 404);
  CHECK(status() == 429);

  serve.write_config(config("many"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("new configuration was rejected"));
  REQUIRE(serve.wait_for_log("rate_limit.address.read expects a rate"));
  CHECK(status() == 429);

  serve.write_config(config("off"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("\"changed\":\"rate_limit.address.read\""));
  for (int i = 0; i < 10; ++i) CHECK(status() == 404);

  serve.write_config(config("3/1d burst 3"));
  serve.process().signal(SIGHUP);
  // The log has had that line before, so the limit itself shows that it is there.
  CHECK(support::eventually([&] { return status() == 429; }));
}
