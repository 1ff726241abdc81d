// feedctl healthcheck against real servers in each state.
#include <algorithm>

#include "base/json.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/fresh_database.hpp"
#include "support/json.hpp"
#include "support/process.hpp"
#include "support/scripted_server.hpp"
#include "support/server_process.hpp"
#include "support/temp_folder.hpp"

using namespace feedctl;
using namespace feedctl::support;

namespace {

// For a server that answers: a busy machine may need long.
const std::vector<std::string> patient{"healthcheck", "--timeout", "60s"};

RunResult check(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), patient.begin(), patient.end());
  RunOptions options;
  options.environment = std::move(environment);
  options.environment.insert(options.environment.end(), {"FEEDCTL_CONFIG", "FEEDCTL_DATABASE_URL"});
  return run_feedctl(arguments, options);
}

std::string url_of(int port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("healthcheck says in one line whether a server is ready, by URL and by configuration") {
  const FreshDatabase database;
  const ServerProcess server(database);
  const auto ready = check({"--url", url_of(server.port())});
  CHECK(ready.exit_code == 0);
  CHECK(ready.out == url_of(server.port()) + "/health/ready: ready\n");
  CHECK(ready.err == "");
  CHECK(check({"-q", "--url", url_of(server.port())}).out == "");

  const auto port = "FEEDCTL_SERVER_PORT=" + std::to_string(server.port());
  CHECK(check({}, {port}).exit_code == 0);
  const auto on_all = check({}, {port, "FEEDCTL_SERVER_HOST=0.0.0.0"});
  CHECK(on_all.exit_code == 0);
  CHECK(on_all.out == ready.out);

  const auto document = json::parse(check({"-o", "json", "--url", url_of(server.port())}).out);
  CHECK(text_in(document, "health") == "ready");
  CHECK(text_in(document, "status") == "ok");
  CHECK(text_or_null_in(document, "reason") == std::nullopt);
}

TEST_CASE("healthcheck reads a server that serves other host names only") {
  const FreshDatabase database;
  const ServerProcess server(database, {{"server.allowed_hosts", "feed.example.org"}});
  CHECK(check({"--url", url_of(server.port())}).exit_code == 0);
}

TEST_CASE("healthcheck exits 1 with the server's reason while a server is not ready") {
  RunOptions run;
  const auto port = free_port();
  // Nobody listens on port 1, so the server waits for its database.
  run.environment = {"FEEDCTL_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none", "FEEDCTL_CONFIG"};
  const BackgroundProcess serve({feedctl_binary(), "serve", "--port", std::to_string(port)}, run);
  RunResult result;
  REQUIRE(eventually([&] {
    result = check({"--url", url_of(port)});
    return result.exit_code == 1;
  }));
  CHECK(result.out.find(": not ready, ") != std::string::npos);
  CHECK(lines_of(result.out) == 1);
  const auto document = json::parse(check({"-o", "json", "--url", url_of(port)}).out);
  CHECK(text_in(document, "health") == "not_ready");
  CHECK(text_in(document, "reason") != "");
}

TEST_CASE("healthcheck asks a worker at work.port, and says when that is not set") {
  const FreshDatabase database;
  const auto port = std::to_string(free_port());
  RunOptions run;
  run.environment = {"FEEDCTL_DATABASE_URL=" + database.url().reveal(), "FEEDCTL_CONFIG",
                     "FEEDCTL_WORK_PORT=" + port};
  const BackgroundProcess work({feedctl_binary(), "work"}, run);
  CHECK(
      eventually([&] { return check({"--work"}, {"FEEDCTL_WORK_PORT=" + port}).exit_code == 0; }));

  const auto unset = check({"--work"});
  CHECK(unset.exit_code == 64);
  CHECK(unset.err.find("work.port is 0") != std::string::npos);
}

TEST_CASE("healthcheck exits 69 where nobody listens and where the answer does not come") {
  const auto refused = check({"--url", url_of(free_port())});
  CHECK(refused.exit_code == 69);
  CHECK(refused.out.find(": unreachable: ") != std::string::npos);
  CHECK(lines_of(refused.out) == 1);

  ScriptedServer silent([](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  });
  const auto late = check({"--timeout", "100ms", "--url", silent.origin()});
  CHECK(late.exit_code == 69);
  CHECK(late.out.find("no answer in time") != std::string::npos);
}

TEST_CASE("healthcheck takes another program's answer for no health, and keeps it to one line") {
  ScriptedServer other([](ScriptedConnection& connection) {
    const auto request = connection.read_request();
    const bool says_something = request && request->target == "/text";
    connection.write(says_something
                         ? http_answer("{\"status\":\"a\\nb\",\"reason\":\"\\u001b[2Jc\"}",
                                       "application/json", "503 Service Unavailable")
                         : http_answer("<html>hello</html>", "text/html"));
  });
  const auto page = check({"--url", other.origin()});
  CHECK(page.exit_code == 1);
  CHECK(page.out.find("this is no feedctl") != std::string::npos);
  const auto hostile = check({"--url", other.origin() + "/text"});
  CHECK(hostile.exit_code == 1);
  CHECK(lines_of(hostile.out) == 1);
  CHECK(hostile.out.find('\033') == std::string::npos);
}

TEST_CASE("healthcheck rejects what cannot be asked, with a hint") {
  CHECK(check({"--url", "ftp://example.org"}).exit_code == 64);
  CHECK(check({"--url", url_of(1), "--work"}).exit_code == 64);
  const auto any_port = check({}, {"FEEDCTL_SERVER_PORT=0"});
  CHECK(any_port.exit_code == 64);
  CHECK(any_port.err.find("hint: ") != std::string::npos);
  const auto socket = check({}, {"FEEDCTL_SERVER_HOST=/run/feedctl/http.sock"});
  CHECK(socket.exit_code == 64);
  CHECK(check({}, {"FEEDCTL_SERVER_PORT=none"}).exit_code == 78);
}
