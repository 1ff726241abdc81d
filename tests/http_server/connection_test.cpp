// The life of a connection: keep-alive, pipelining, closing.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

TEST_CASE("a response has exactly the expected headers") {
  ToyServer server;
  const auto answer = server.get("/hello");
  CHECK(answer.status == 200);
  CHECK(answer.body == R"({"hello":"world"})");
  CHECK(answer.header("content-type") == "application/json");
  CHECK(answer.header("content-length") == std::to_string(answer.body.size()));
  CHECK(answer.header("cache-control") == "no-store");
  CHECK(answer.header("x-content-type-options") == "nosniff");
  CHECK(answer.header("x-request-id").size() == 36);
  CHECK(answer.header("date").size() == 29);
  CHECK(answer.header("traceparent").size() == 55);
  CHECK(answer.headers.size() == 7);
  CHECK(server.get("/cached").header("cache-control") == "public, max-age=1");
  CHECK(server.get("/cached").count("cache-control") == 1);
}

TEST_CASE("a hundred requests on one connection meet no delayed acknowledgement") {
  ToyServer server;
  auto client = server.client();
  int stalls = 0;
  for (int i = 0; i < 100; ++i) {
    const auto began = Clock::now();
    REQUIRE(client.get("/kilobytes")->status == 200);
    stalls += Clock::now() - began >= 40ms;  // a delayed acknowledgement takes 40 ms
  }
  CHECK(stalls < 50);
}

TEST_CASE("two pipelined requests are answered in order") {
  ToyServer server;
  auto client = server.client();
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests +=
        get_request("/items/" + std::to_string(i)) + echo_request("body " + std::to_string(i));
  client.send(requests + get_request("/nowhere") + get_request("/items/last"));
  for (int i = 0; i < 50; ++i) {
    const auto item = client.read_response();
    REQUIRE(item);
    CHECK(item->body.find("/items/" + std::to_string(i) + "\"") != std::string::npos);
    const auto echo = client.read_response();
    REQUIRE(echo);
    CHECK(echo->body == "body " + std::to_string(i));
  }
  CHECK(client.read_response()->status == 404);
  CHECK(client.read_response()->status == 200);
}

TEST_CASE("a request is answered the same way however its bytes are split") {
  ToyServer server;
  const std::vector<std::pair<std::string, int>> requests = {
      {get_request("/describe?a=1&b=%20", "X: y\r\n"), 200},
      {echo_request("hello"), 200},
      {"POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n",
       200},
      {"\r\n" + get_request("/nowhere"), 404},
      {get_request("/hello", "A : b\r\n"), 400},
  };
  for (const auto& [bytes, status] : requests) {
    std::string body;
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      INFO(bytes << " cut at " << cut);
      auto client = server.client();
      const int on = 1;
      ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      client.send(bytes.substr(0, cut));
      if (cut % 4 == 0) std::this_thread::sleep_for(1ms);
      const auto answer = client.send(bytes.substr(cut)).read_response();
      REQUIRE(answer);
      REQUIRE(answer->status == status);
      if (status != 200) continue;
      if (bytes.find("/describe") != std::string::npos) {
        REQUIRE(answer->body.find(R"("query":["a=1","b= "])") != std::string::npos);
      } else {
        REQUIRE(answer->body == (bytes.find("chunked") != std::string::npos ? "abcde" : "hello"));
      }
    }
  }
}

TEST_CASE("HEAD has the headers of GET and no body") {
  ToyServer server;
  auto client = server.client();
  const auto answer = client.send("HEAD /hello HTTP/1.1\r\nHost: t\r\n\r\n").read_response(true);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->header("content-length") == "17");
  CHECK(client.send("HEAD /nowhere HTTP/1.1\r\nHost: t\r\n\r\n").read_response(true)->status ==
        404);
  CHECK(client.send("HEAD /%zz HTTP/1.1\r\nHost: t\r\n\r\n").read_response(true)->status == 400);
  CHECK(client.get("/hello")->body == R"({"hello":"world"})");
}

TEST_CASE("If-None-Match is answered with 304 and the connection goes on") {
  ToyServer server;
  auto client = server.client();
  CHECK(client.get("/etag")->header("etag") == "\"v1\"");
  const auto answer = client.get("/etag", "If-None-Match: \"v1\"\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 304);
  CHECK(answer->header("etag") == "\"v1\"");
  CHECK(answer->count("content-type") == 0);
  CHECK(client.get("/hello")->status == 200);
}

TEST_CASE("a connection stays open or closes as its Connection header says, in any case") {
  ToyServer server;
  struct Row {
    const char* version;
    const char* connection;
    bool closes;
  };
  for (const auto& row :
       {Row{"1.1", "", false}, Row{"1.1", "Connection: close\r\n", true},
        Row{"1.1", "Connection: CLOSE\r\n", true}, Row{"1.1", "Connection: foo, Close\r\n", true},
        Row{"1.1", "Connection: keep-alive\r\n", false}, Row{"1.0", "", true},
        Row{"1.0", "Connection: Keep-Alive\r\n", false},
        Row{"1.0", "Connection: keep-alive, close\r\n", true}}) {
    INFO(row.version << " " << row.connection);
    for (const auto* path : {"/hello", "/nowhere", "/%zz"}) {
      INFO(path);
      auto client = server.client();
      const auto answer = client
                              .send(std::string("GET ") + path + " HTTP/" + row.version +
                                    "\r\nHost: t\r\n" + row.connection + "\r\n")
                              .read_response();
      REQUIRE(answer);
      CHECK((answer->header("connection") == "close") == row.closes);
      if (row.closes)
        CHECK(client.is_closed());
      else
        CHECK(client.get("/hello")->status == 200);
      if (!row.closes && std::string(row.version) == "1.0") {
        CHECK(answer->header("connection") == "keep-alive");
      }
    }
  }
}

TEST_CASE("a connection ends after its number of requests") {
  ToyServer server(
      [](http::ServerOptions& options) { options.limits.max_requests_per_connection = 3; });
  auto client = server.client();
  CHECK(client.get("/hello")->header("connection").empty());
  CHECK(client.get("/hello")->header("connection").empty());
  CHECK(client.get("/hello")->header("connection") == "close");
  CHECK(client.is_closed());
}

TEST_CASE("a client that has shut down its sending side still gets its response") {
  ToyServer server;
  auto client = server.client();
  client.send(get_request("/hello"));
  client.shutdown_write();
  CHECK(client.read_response()->status == 200);
  CHECK(client.is_closed());
}

TEST_CASE("a client that disconnects while its handler runs causes no error") {
  ToyServer server([](http::ServerOptions& options) { options.handler_threads = 8; });
  for (int i = 0; i < 3; ++i) {
    auto client = server.client();
    client.send(get_request("/gate") + get_request("/hello"));
    server.gate.wait_for_arrivals(i + 1);
    const linger reset{1, 0};
    if (i == 1) ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  CHECK(server.get("/hello").status == 200);
  server.gate.open();
  CHECK(server.get("/hello").status == 200);
}

TEST_CASE("a client that pipelines many requests does not delay the others of its loop") {
  ToyServer server([](http::ServerOptions& options) { options.loop_threads = 1; });
  constexpr int count = 900;
  auto many = server.client(), one = server.client(), holding = server.client();
  CHECK(many.get("/hello")->status == 200);
  CHECK(one.get("/hello")->status == 200);
  holding.send(get_request("/in-turn/wait"));
  server.gate.wait_for_arrivals(1);  // the loop itself waits at the gate
  std::string all;
  for (int i = 0; i < count; ++i) all += get_request("/in-turn/many");
  many.send(all);
  one.send(get_request("/in-turn/one"));
  server.gate.open();
  for (int i = 0; i < count; ++i) REQUIRE(many.read_response()->status == 200);
  CHECK(one.read_response()->status == 200);
  const auto& names = server.execution_order.names;
  REQUIRE(names.size() == count + 2);
  // Without round-robin it would be the last. A busy kernel may deliver its bytes some rounds late.
  CHECK(std::find(names.begin(), names.end(), "one") - names.begin() < count / 10 * 9);
}

TEST_CASE("a response sent in pieces delays only the next one on its connection") {
  ToyServer server([](http::ServerOptions& options) { options.limits.idle_timeout = 3s; });
  auto client = server.client();
  client.send(get_request("/big") + get_request("/hello"));
  std::this_thread::sleep_for(100ms);
  CHECK(client.read_response()->body.size() == std::size_t{4} << 20);
  CHECK(client.read_response()->status == 200);
  CHECK(client.get("/big")->status == 200);
  CHECK(client.is_closed());  // the idle deadline holds again
}
