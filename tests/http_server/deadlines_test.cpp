// The deadlines of a connection: head, body, idle, write.
#include <chrono>
#include <string>
#include <thread>

#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

TEST_CASE("a slow head is cut at its total deadline, however steadily it comes") {
  ToyServer server([](http::ServerOptions& options) { options.limits.header_timeout = 300ms; });
  auto client = server.client();
  const auto began = Clock::now();
  client.send("GET /hello HTTP/1.1\r\nX: ");
  while (client.is_silent(50ms) && Clock::now() - began < 60s) client.send("a");
  const auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(answer->header("connection") == "close");
  CHECK(answer->header("content-type") == "application/problem+json");
  CHECK(Clock::now() - began >= 300ms);
  CHECK(Clock::now() - began < 30s);
  CHECK(client.is_closed());
}

TEST_CASE("a body slower than the minimum rate is cut off, one at the minimum rate is not") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.body_grace = 200ms;
    options.limits.min_body_rate = 1000;
  });
  auto slow = server.client();
  slow.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
  for (int i = 0; i < 100 && slow.is_silent(20ms); ++i) slow.send("a");
  CHECK(slow.read_response()->status == 408);
  bool steadily = false;  // a busy machine may delay the sending
  for (int attempt = 0; attempt < 20 && !steadily; ++attempt) {
    auto steady = server.client();
    const auto began = Clock::now();
    steady.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 10; ++i) {
      steady.send(std::string(100, 'b'));
      std::this_thread::sleep_for(40ms);  // 2,500 bytes a second, for longer than the grace
    }
    steadily = Clock::now() - began < 600ms;
    const auto answer = steady.read_response();
    if (steadily) CHECK((answer && answer->status == 200));
  }
}

TEST_CASE("a request that is fast enough at every moment still has a total deadline") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.request_timeout = 300ms;
    options.limits.min_body_rate = 1;
  });
  auto client = server.client();
  const auto began = Clock::now();
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  while (client.is_silent(20ms) && Clock::now() - began < 60s) client.send(std::string(100, 'b'));
  CHECK(client.read_response()->status == 408);
}

TEST_CASE("an idle connection is closed without a response") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.first_request_timeout = 200ms;
    options.limits.idle_timeout = 300ms;
  });
  auto fresh = server.client();
  auto used = server.client();
  CHECK(used.get("/hello")->status == 200);
  CHECK(fresh.is_closed());
  CHECK(used.is_closed());
}

TEST_CASE("an idle connection that has served a request is kept longer than an unused one") {
  const http::Limits limits;
  CHECK(limits.idle_timeout > 60s);  // nginx keeps upstream connections for 60 s
  ToyServer server(
      [](http::ServerOptions& options) { options.limits.first_request_timeout = 100ms; });
  auto used = server.client();
  CHECK(used.get("/hello")->status == 200);
  CHECK(server.client().is_closed());
  CHECK(used.get("/hello")->status == 200);
}

TEST_CASE("an empty line after a body starts no request, so its connection is idle") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.header_timeout = 100ms;
    options.limits.idle_timeout = 3s;
  });
  auto client = server.client();
  CHECK(client.send(echo_request("hello") + "\r\n").read_response()->body == "hello");
  CHECK(client.is_silent(400ms));
  CHECK(client.send("\r\n").is_silent(400ms));
  CHECK(client.get("/hello")->status == 200);
  CHECK(client.send("\r\n" + get_request("/hello") + "\r\n").read_response()->status == 200);
  CHECK(client.is_closed());  // without a response
  auto half = server.client();
  CHECK(half.send(echo_request("hello") + "\r\nGET /hel").read_response()->status == 200);
  CHECK(half.read_response()->status == 408);  // its deadline began with its own bytes
}

TEST_CASE("a client that does not read its answer is cut at the write deadline") {
  ToyServer server([](http::ServerOptions& options) { options.limits.write_timeout = 300ms; });
  auto& connections = metrics::gauge("feedctl_http_connections", "");
  auto client = server.client();
  CHECK(client.get("/hello")->status == 200);
  // More than the kernel's buffers of both sides can take.
  constexpr int count = 8;
  std::string requests;
  for (int i = 0; i < count; ++i) requests += get_request("/big");
  client.send(requests);
  const auto began = Clock::now();
  while (connections.value() > 0 && Clock::now() - began < 60s) std::this_thread::sleep_for(20ms);
  CHECK(connections.value() == 0);
  int whole = 0;
  while (client.read_response()) ++whole;
  CHECK(whole < count);
  auto reader = server.client();
  CHECK(reader.get("/big")->body.size() == std::size_t{4} << 20);
}
