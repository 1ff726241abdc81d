// SIGHUP: what a running serve takes over from its configuration file.
#include <csignal>

#include "base/json.hpp"
#include "e2e/lifecycle/managed_process.hpp"
#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

using namespace feedctl;
using namespace feedctl::lifecycle;
using feedctl::test::RawClient;
using namespace std::chrono_literals;

TEST_CASE(
    "SIGHUP applies reloadable settings, names those that need a restart, and refuses errors") {
  const support::FreshDatabase database;
  const auto port = support::free_port();
  const auto config = [&](const std::string& more) {
    return "server:\n  port: " + std::to_string(port) + "\n" + more;
  };
  ManagedProcess serve(database, {config("  cors_origins: [\"https://old.example\"]\n")});
  REQUIRE(serve.wait_for_log("\"listening\""));
  RawClient open(port);
  const auto allows = [&](const std::string& origin) {
    const auto answer = open.get("/health/live", "Origin: " + origin + "\r\n");
    REQUIRE(answer);
    return answer->count("access-control-allow-origin") == 1;
  };
  CHECK(allows("https://old.example"));

  serve.write_config(config("  cors_origins: [\"https://new.example\"]\n  threads: 3\n"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("\"configuration reloaded\",\"changed\":\"server.cors_origins\""));
  REQUIRE(serve.wait_for_log("\"keys\":\"server.threads\""));
  CHECK(allows("https://new.example"));
  CHECK_FALSE(allows("https://old.example"));

  serve.write_config(
      config("  cors_origins: [\"https://third.example\"]\n  gzipp: true\n  threads: many\n"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("new configuration was rejected"));
  REQUIRE(serve.wait_for_log("feedctl.yaml:6:3"));
  REQUIRE(serve.wait_for_log("feedctl.yaml:7:12"));
  CHECK(allows("https://new.example"));

  serve.write_config(config("  access_log: false\n  allowed_hosts: [t]\n"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log(
      "\"changed\":\"server.allowed_hosts, server.cors_origins, server.access_log\""));
  CHECK_FALSE(allows("https://new.example"));
  CHECK(open.send("GET /metrics HTTP/1.1\r\nHost: other\r\n\r\n").read_response()->status == 421);

  serve.write_config(config("") + "log: {level: error}\n");
  serve.process().signal(SIGHUP);
  serve.write_config("");
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(150s) == 0);
}

TEST_CASE("a reloaded window of the hot feed takes effect immediately") {
  const support::FreshDatabase database;
  const auto port = support::free_port();
  const auto config = [&](const std::string& window) {
    return "server: {port: " + std::to_string(port) + "}\nhot: {refresh_window: " + window + "}\n";
  };
  ManagedProcess serve(database, {config("1h")});
  REQUIRE(serve.wait_for_log("\"listening\""));
  const support::HttpClient http(port);
  const auto made = http.post("/v1/feed/posts/", "{}");
  REQUIRE(made.status == 201);
  const auto id = std::to_string(support::integer_in(made, "id"));
  const auto hot = [&] { return http.get("/v1/feed/hot").body; };
  REQUIRE(hot().find("\"score\":0") != std::string::npos);
  REQUIRE(http.post("/v1/feed/posts/" + id + "/likes/", R"({"user_id":1})").status == 201);
  CHECK(hot().find("\"score\":0") != std::string::npos);

  serve.write_config(config("0s"));
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("\"changed\":\"hot.refresh_window\""));
  CHECK(hot().find("\"score\":1") != std::string::npos);
}

TEST_CASE("a reloaded log level takes effect immediately, and flags still win") {
  const support::FreshDatabase database;
  NotifySocket manager;
  ProcessOptions how;
  const auto port = support::free_port();
  how.arguments = {"--port", std::to_string(port)};
  how.environment = {manager.environment_variable(), "FEEDCTL_LOG_LEVEL"};
  how.config = "server: {port: 1}\n";
  ManagedProcess serve(database, how);
  REQUIRE_FALSE(manager.wait_for_message("READY=1", 150s).empty());
  CHECK(RawClient(port).get("/health/live", "X-Request-Id: shown\r\n")->status == 200);
  REQUIRE(serve.wait_for_log("\"shown\""));
  serve.write_config("server: {port: 2, access_log: false}\n");
  serve.process().signal(SIGHUP);
  REQUIRE(serve.wait_for_log("\"changed\":\"server.access_log\""));
  CHECK(RawClient(port).get("/health/live", "X-Request-Id: hidden\r\n")->status == 200);
  serve.process().signal(SIGTERM);
  CHECK(serve.process().wait(150s) == 0);
  CHECK(serve.process().output().find("hidden") == std::string::npos);
  CHECK(serve.process().output().find("need") == std::string::npos);  // the flag's port is the same
}
