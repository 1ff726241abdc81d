// What the load generator makes of servers that fail.
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <latch>

#include "base/unique_fd.hpp"
#include "load_run.hpp"
#include "loadtest/engine.hpp"
#include "support/catch.hpp"

namespace feedctl::loadtest {
namespace {

using namespace std::chrono_literals;
using support::ScriptedConnection;
using support::ScriptedServer;

// A port at which nobody listens, and which nobody else gets.
class ClosedPort {
 public:
  ClosedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(fd_.get(), raw, size) == 0);
    REQUIRE(::getsockname(fd_.get(), raw, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  int port() const { return port_; }
  void listen() const { REQUIRE(::listen(fd_.get(), 16) == 0); }

 private:
  UniqueFd fd_;
  int port_ = 0;
};

struct Run {
  LoadResult result;
  std::vector<SeenAnswer> answers;
};

// Ten requests within 200 ms.
Run run_ten(int port, const std::string& method = "GET", int connections = 2,
            std::size_t max_response = 1000) {
  auto options = options_for(port, 50, 200ms);
  options.connections = connections;
  options.max_response = max_response;
  Seen seen;
  Observer observer;
  Run run{run_fixed(options, seen, observer, method), {}};
  run.answers = seen.answers();
  CHECK(count_of_all(run.result) == 10);
  CHECK(run.answers.size() == 10);
  return run;
}

// Answers each request with these bytes, and closes the connection.
ScriptedServer::Handler answer_and_close(std::string bytes) {
  return [bytes](ScriptedConnection& connection) {
    if (connection.read_request()) connection.write(bytes);
  };
}

TEST_CASE("while the server is away arrivals go on, and none finds a connection") {
  const ClosedPort closed;
  const auto run = run_ten(closed.port());
  CHECK(count_of(run.result, Outcome::connect_failed) == 10);
  CHECK(total(run.result).latency.count() == 0);
  for (const auto& answer : run.answers) CHECK(answer.status == 0);
  std::uint64_t in_intervals = 0;
  for (const auto& interval : run.result.intervals)
    in_intervals += interval.outcomes[static_cast<std::size_t>(Outcome::connect_failed)];
  CHECK(in_intervals == 10);
}

TEST_CASE("the closed model tries again at a server that is away, at intervals") {
  const ClosedPort closed;
  auto options = options_for(closed.port(), 0, 10min);
  options.closed = true;
  options.connections = 1;
  Seen seen;
  Observer observer([&] { return seen.count() >= 5; });
  const auto result = run_fixed(options, seen, observer);
  CHECK(count_of(result, Outcome::connect_failed) >= 5);
  CHECK(count_of(result, Outcome::connect_failed) == count_of_all(result));
}

TEST_CASE("requests are sent again once the server is back") {
  const ClosedPort server;
  auto options = options_for(server.port(), 50, 10min);
  options.timeout = 100ms;
  Seen seen;
  bool is_back = false;
  Observer observer([&] {
    const auto answers = seen.answers();
    const auto has = [&](Outcome outcome) {
      return std::any_of(answers.begin(), answers.end(),
                         [&](const SeenAnswer& answer) { return answer.outcome == outcome; });
    };
    // Nobody accepts the connections: they exist, and their requests get no answer.
    if (has(Outcome::connect_failed) && !std::exchange(is_back, true)) server.listen();
    return has(Outcome::timed_out);
  });
  const auto result = run_fixed(options, seen, observer);
  CHECK(result.was_interrupted);
  CHECK(count_of(result, Outcome::timed_out) > 0);
}

TEST_CASE("a server that closes each connection after its answer costs connections only") {
  for (const auto& bytes :
       {support::http_answer("[]"), std::string("HTTP/1.1 200 OK\r\nServer: a\r\n\r\nall")}) {
    ScriptedServer server(answer_and_close(bytes));
    const auto run = run_ten(server.port());
    CHECK(count_of(run.result, Outcome::ok) == 10);
    CHECK(server.connections() >= 10);
    CHECK(run.answers[0].body == bytes.substr(bytes.find("\r\n\r\n") + 4));
  }
}

TEST_CASE("a connection that ends before the whole answer is lost") {
  ScriptedServer server(answer_and_close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"));
  CHECK(count_of(run_ten(server.port()).result, Outcome::connection_lost) == 10);
}

TEST_CASE("a new connection that ends without an answer is lost, and not tried again") {
  ScriptedServer server([](ScriptedConnection& connection) { connection.read_request(); });
  CHECK(count_of(run_ten(server.port()).result, Outcome::connection_lost) == 10);
}

// Each connection answers one request, and closes when it has read the second one.
ScriptedServer::Handler close_at_second_request() {
  return [](ScriptedConnection& connection) {
    if (connection.read_request() && connection.write(lasting_answer())) connection.read_request();
  };
}

TEST_CASE("a kept connection that ends without an answer is tried again, for a GET or HEAD") {
  for (const std::string method : {"GET", "HEAD"}) {
    ScriptedServer server([&](ScriptedConnection& connection) {
      if (!connection.read_request()) return;
      if (connection.write(method == "GET" ? lasting_answer() : lasting_answer("200 OK", "")))
        connection.read_request();
    });
    const auto run = run_ten(server.port(), method, 1);
    CHECK(count_of(run.result, Outcome::ok) == 10);
    CHECK(server.connections() == 10);
  }
}

TEST_CASE("a POST is not sent twice") {
  ScriptedServer server(close_at_second_request());
  const auto run = run_ten(server.port(), "POST", 1);
  CHECK(count_of(run.result, Outcome::ok) == 5);
  CHECK(count_of(run.result, Outcome::connection_lost) == 5);
  CHECK(server.connections() == 5);
}

TEST_CASE("an answer that is no HTTP, or too large, is malformed") {
  for (const auto& bytes :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), lasting_answer("200 OK", std::string(1001, 'a'))}) {
    ScriptedServer server(answer_all(bytes));
    CHECK(count_of(run_ten(server.port()).result, Outcome::malformed) == 10);
  }
  ScriptedServer server(answer_all(lasting_answer("200 OK", std::string(1000, 'a'))));
  CHECK(count_of(run_ten(server.port()).result, Outcome::ok) == 10);
}

TEST_CASE("an answer larger than what one read gives is whole") {
  const std::string body(3'000'000, 'a');
  ScriptedServer server(answer_all(lasting_answer("200 OK", body)));
  const auto run = run_ten(server.port(), "GET", 2, 4'000'000);
  CHECK(count_of(run.result, Outcome::ok) == 10);
  for (const auto& answer : run.answers) REQUIRE(answer.body == body);
}

TEST_CASE("a status has its outcome") {
  const std::vector<std::pair<std::string, Outcome>> expected{
      {"201 Created", Outcome::ok},
      {"304 Not Modified", Outcome::ok},
      {"303 See Other", Outcome::unexpected},
      {"404 Not Found", Outcome::client_error},
      {"429 Too Many Requests", Outcome::throttled},
      {"500 Internal Server Error", Outcome::server_error},
      {"503 Service Unavailable", Outcome::unavailable},
      {"600 What", Outcome::unexpected},
  };
  for (const auto& [status, outcome] : expected) {
    INFO(status);
    ScriptedServer server(answer_all(lasting_answer(status, "")));
    const auto run = run_ten(server.port());
    CHECK(count_of(run.result, outcome) == 10);
    CHECK(total(run.result).latency.count() == 10);
    CHECK(run.answers[0].status == std::stoi(status));
  }
}

// Reads requests and answers none.
ScriptedServer::Handler never_answer() {
  return [](ScriptedConnection& connection) {
    while (connection.read_request()) {
    }
  };
}

TEST_CASE("a request without an answer times out") {
  ScriptedServer server(never_answer());
  auto options = options_for(server.port(), 0, 10min);
  options.closed = true;
  options.connections = 2;
  options.timeout = 50ms;
  Seen seen;
  Observer observer([&] { return seen.count() >= 4; });
  const auto result = run_fixed(options, seen, observer);
  CHECK(count_of(result, Outcome::timed_out) >= 4);
  CHECK(total(result).latency.count() == 0);
  for (const auto& answer : seen.answers()) {
    if (answer.outcome == Outcome::timed_out) CHECK(answer.received - answer.sent >= 50ms);
  }
}

TEST_CASE("what has no answer when the run is stopped is unfinished, waiting requests included") {
  std::atomic<bool> was_asked = false;
  ScriptedServer server([&](ScriptedConnection& connection) {
    while (connection.read_request()) was_asked = true;
  });
  auto options = options_for(server.port(), 100, 10min);
  options.connections = 1;
  Seen seen;
  Observer observer([&] { return was_asked.load(); });
  const auto result = run_fixed(options, seen, observer);
  CHECK(result.was_interrupted);
  CHECK(result.duration < 10min);
  CHECK(count_of(result, Outcome::unfinished) >= 1);
  CHECK(count_of(result, Outcome::unfinished) == count_of_all(result));
  CHECK(seen.count() == count_of_all(result));
  std::uint64_t errors = 0;
  for (const auto& interval : observer.intervals) errors += interval.errors;
  CHECK(errors == count_of_all(result));
}

TEST_CASE("answers that come after the end of the plan count") {
  std::latch released(1);
  ScriptedServer server([&](ScriptedConnection& connection) {
    while (connection.read_request()) {
      released.wait();
      if (!connection.write(lasting_answer())) return;
    }
  });
  auto options = options_for(server.port(), 20, 500ms);
  options.timeout = 5min;

  class Releasing : public Observer {
   public:
    Releasing(std::latch& released, Clock::time_point at) : released_(released), at_(at) {}
    bool should_stop() override {
      if (Clock::now() >= at_ && !std::exchange(was_released_, true)) released_.count_down();
      return false;
    }

   private:
    std::latch& released_;
    const Clock::time_point at_;
    bool was_released_ = false;
  };
  Seen seen;
  Releasing observer(released, Clock::now() + 2200ms);
  const auto result = run_fixed(options, seen, observer);
  CHECK(count_of(result, Outcome::ok) == 10);
  CHECK(result.duration == 500ms);
  std::uint64_t answers = 0;
  for (const auto& interval : observer.intervals) answers += interval.answers;
  CHECK(answers == 10);
  CHECK(observer.intervals.back().second >= 1);
}

}  // namespace
}  // namespace feedctl::loadtest
