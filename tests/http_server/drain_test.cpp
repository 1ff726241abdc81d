// What a draining server still answers.
#include <atomic>
#include <chrono>
#include <thread>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

// Posts over one connection, with pauses, until an answer says that it is the last one. False where
// a request found no answer.
bool post_until_told_to_close(RawClient client) {
  const auto give_up = Clock::now() + 60s;
  while (Clock::now() < give_up) {
    try {
      client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n{}");
      const auto answer = client.read_response();
      if (!answer || answer->status != 200) return false;
      if (answer->header("connection") == "close") return true;
    } catch (const std::exception&) {
      return false;  // a broken pipe
    }
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

}  // namespace

TEST_CASE("a drain completes requests in flight, closes idle connections and accepts nothing") {
  ToyServer server([](http::ServerOptions& options) { options.limits.drain_idle_timeout = 1s; });
  auto idle = server.client();
  CHECK(idle.get("/hello")->status == 200);
  auto running = server.client();
  running.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n");
  server.gate.wait_for_arrivals(1);
  auto sending = server.client();
  sending.send("GET /hello HTTP/1.1\r\n");
  std::this_thread::sleep_for(200ms);
  bool clean = false;
  std::thread drain([&] { clean = server.server.drain(60s); });
  CHECK(idle.is_silent(50ms));
  CHECK(idle.is_closed());
  CHECK_THROWS(server.client());
  sending.send("Host: t\r\n\r\n");
  const auto sent = sending.read_response();
  REQUIRE(sent);
  CHECK(sent->status == 200);
  CHECK(sent->header("connection") == "close");
  server.gate.open();
  const auto answer = running.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("connection") == "close");
  CHECK(running.is_closed());
  drain.join();
  CHECK(clean);
}

TEST_CASE("a drain fails no request of clients that keep their connections busy") {
  ToyServer server;
  std::atomic<int> failed{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back([&failed, client = server.client()]() mutable {
      if (!post_until_told_to_close(std::move(client))) ++failed;
    });
  }
  std::this_thread::sleep_for(300ms);
  const auto began = Clock::now();
  CHECK(server.server.drain(60s));
  CHECK(Clock::now() - began < 40s);  // over with the last connection, not with the patience
  for (auto& client : clients) client.join();
  CHECK(failed == 0);
}

TEST_CASE("idle connections do not use up a drain's time") {
  ToyServer server([](http::ServerOptions& options) { options.limits.drain_idle_timeout = 60s; });
  auto served = server.client();
  CHECK(served.get("/hello")->status == 200);
  auto fresh = server.client();
  const auto began = Clock::now();
  CHECK(server.server.drain(50s));
  CHECK(Clock::now() - began < 40s);
  CHECK(served.is_closed());
  CHECK(fresh.is_closed());
}

TEST_CASE("a client in the backlog when a drain begins is served, even by an idle server") {
  int answered = 0;
  for (int i = 0; i < 100; ++i) {
    ToyServer server;
    auto late = server.client();
    late.send("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n");
    CHECK(server.server.drain(10s));
    server.server.stop();
    if (const auto answer = late.read_response(); answer && answer->status == 200) ++answered;
  }
  CHECK(answered == 100);
}

TEST_CASE("a drain without connections ends immediately") {
  ToyServer server;
  CHECK(server.get("/hello").status == 200);
  const auto began = Clock::now();
  CHECK(server.server.drain(60s));
  CHECK(Clock::now() - began < 30s);
}

TEST_CASE("a drain that times out closes the remaining connections and reports it") {
  ToyServer server;
  auto running = server.client();
  running.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n");
  server.gate.wait_for_arrivals(1);
  const auto began = Clock::now();
  CHECK_FALSE(server.server.drain(200ms));
  CHECK(Clock::now() - began < 60s);
  CHECK(running.is_closed());
}
