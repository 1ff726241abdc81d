// Listening sockets that a service manager holds, and what a process may open.
#include <csignal>
#include <memory>
#include <sstream>

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

ProcessOptions with(const ListeningSocket& socket) {
  ProcessOptions how;
  how.socket = &socket;
  return how;
}

}  // namespace

TEST_CASE("an inherited socket is served, and clients wait in its backlog for the next process") {
  const support::FreshDatabase database;
  const ListeningSocket socket;
  auto how = with(socket);
  how.socket_name = "any";  // there is only one
  RawClient early(socket.port());
  early.send("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n");
  ManagedProcess first(database, how);
  CHECK(early.read_response()->status == 200);
  CHECK(first.process().stop() == 0);

  RawClient between(socket.port());
  between.send("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(between.is_silent(200ms));
  ManagedProcess second(database, how);
  CHECK(between.read_response()->status == 200);
}

TEST_CASE("inherited sockets meant for another process are ignored") {
  const support::FreshDatabase database;
  ProcessOptions how;
  const int port = support::free_port();
  how.config = "server: {port: " + std::to_string(port) + "}\n";
  how.environment = {"LISTEN_PID=1", "LISTEN_FDS=1"};
  ManagedProcess serve(database, how);
  REQUIRE(serve.wait_for_log("\"listening\""));
  CHECK(RawClient(port).get("/health/live")->status == 200);
}

TEST_CASE("a publicly reachable socket must be allowed explicitly, also when inherited") {
  const support::FreshDatabase database;
  const ListeningSocket everywhere("0.0.0.0");
  auto how = with(everywhere);
  ManagedProcess refused(database, how);
  CHECK(refused.process().wait(150s) == 78);
  CHECK(refused.wait_for_log("refusing to listen on 0.0.0.0"));
  how.arguments = {"--insecure-public"};
  ManagedProcess allowed(database, how);
  REQUIRE(allowed.wait_for_log("\"listening\""));
  CHECK(RawClient(everywhere.port()).get("/health/live")->status == 200);
}

TEST_CASE("of several inherited sockets only the one named http is served") {
  const support::FreshDatabase database;
  const ListeningSocket socket;
  const auto script = [](const std::string& names) {
    return "exec 3<&0 4<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=" + names +
           "; exec \"$@\"";
  };
  support::RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_AUTH_MODE=open"};
  run.stdin_fd = socket.fd();
  support::BackgroundProcess unclear(
      {"/bin/sh", "-c", script("metrics:other"), "sh", support::feedctl_binary(), "serve"}, run);
  CHECK(unclear.wait(150s) == 78);
  CHECK(unclear.output().find("FileDescriptorName=http") != std::string::npos);
  support::BackgroundProcess clear(
      {"/bin/sh", "-c", script("other:http"), "sh", support::feedctl_binary(), "serve"}, run);
  REQUIRE(clear.wait_for_line("\"listening\"", 150s));
  CHECK(RawClient(socket.port()).get("/health/live")->status == 200);
}

TEST_CASE("serve raises its open file limit to the hard limit, and clients never use it up") {
  const support::FreshDatabase database;
  support::RunOptions run;
  const auto port = std::to_string(support::free_port());
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_AUTH_MODE=open"};
  support::BackgroundProcess serve({"/bin/sh", "-c", "ulimit -Sn 200; ulimit -Hn 400; exec \"$@\"",
                                    "sh", support::feedctl_binary(), "serve", "--port", port},
                                   run);
  REQUIRE(serve.wait_for_line("\"listening\"", 150s));
  std::istringstream limits(support::read_file("/proc/" + std::to_string(serve.pid()) + "/limits"));
  std::string soft;
  for (std::string line; std::getline(limits, line);) {
    if (line.rfind("Max open files", 0) == 0) std::istringstream(line.substr(14)) >> soft;
  }
  CHECK(soft == "400");

  const int number = std::stoi(port);
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 220; ++i) idle.push_back(std::make_unique<RawClient>(number));
  CHECK(idle.front()->get("/health/live")->status == 200);
  RawClient late(number);
  late.send("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n");
  CHECK(late.is_silent(500ms));         // it waits in the backlog
  CHECK(support::eventually(20s, [&] {  // which takes the database
    const auto answer = idle.front()->get("/v1/users/1");
    return answer && answer->status == 404;
  }));
  idle.erase(idle.begin() + 1, idle.begin() + 100);
  const auto answer = late.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(serve.output().find("cannot accept") == std::string::npos);
}
