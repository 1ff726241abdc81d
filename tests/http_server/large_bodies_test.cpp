// Bodies above the server's limit, for routes that take them (Route::max_body).
#include <poll.h>

#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "http_server/request_parser.hpp"
#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

std::string head(const std::string& fields, const std::string& path = "/large-body") {
  return "POST " + path + " HTTP/1.1\r\nHost: t\r\nContent-Type: image/png\r\n" + fields + "\r\n";
}

std::string sized(std::size_t size, const std::string& path = "/large-body") {
  return head("Content-Length: " + std::to_string(size) + "\r\n", path);
}

std::string chunks(std::size_t count, std::size_t size) {
  char line[32];
  std::snprintf(line, sizeof line, "%zx\r\n", size);
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += line + std::string(size, 'x') + "\r\n";
  return all;
}

const std::string chunked_head = head("Transfer-Encoding: chunked\r\n");

}  // namespace

TEST_CASE("a route takes a body of its own limit, in a file, and not a byte more") {
  ToyServer server;
  auto client = server.client();
  const auto largest =
      client.send(sized(max_large_body) + std::string(max_large_body, 'x')).read_response();
  REQUIRE(largest);
  CHECK(largest->status == 201);
  CHECK(largest->body == std::to_string(max_large_body));
  CHECK(largest->header("x-spilled") == "yes");
  const auto small = client.send(sized(3) + "abc").read_response();
  REQUIRE(small);
  CHECK(small->header("x-spilled") == "no");
  const auto refused = client.send(sized(max_large_body + 1)).read_response();  // unread
  REQUIRE(refused);
  CHECK(refused->status == 413);
  CHECK(refused->body.find(std::to_string(max_large_body) + " bytes") != std::string::npos);
  CHECK(refused->header("connection") == "close");
  CHECK(client.is_closed());
}

TEST_CASE("chunks of a body are counted up to the limit of the route") {
  ToyServer server;
  auto client = server.client();
  constexpr std::size_t chunk = 64 * 1024;
  const auto all = client.send(chunked_head + chunks(max_large_body / chunk, chunk) + "0\r\n\r\n")
                       .read_response();
  REQUIRE(all);
  CHECK(all->status == 201);
  CHECK(all->body == std::to_string(max_large_body));
  const auto more =
      client.send(chunked_head + chunks(max_large_body / chunk, chunk) + "1\r\n").read_response();
  REQUIRE(more);
  CHECK(more->status == 413);
  CHECK(client.is_closed());
  CHECK(server.client().send(chunked_head + "ffffffffffffffff\r\n").read_response()->status == 413);
}

TEST_CASE("a length that lies ends the body or the connection, never the limit") {
  ToyServer server([](http::ServerOptions& options) { options.limits.body_grace = 500ms; });
  auto longer = server.client();
  longer.send(sized(10) + "0123456789@@@");
  const auto first = longer.read_response();
  REQUIRE(first);
  CHECK(first->body == "10");
  CHECK(longer.read_response()->status == 400);  // the other bytes are no request
  CHECK(longer.is_closed());
  auto shorter = server.client();
  shorter.send(sized(max_large_body) + "abc");
  CHECK(shorter.read_response()->status == 408);
}

TEST_CASE("other routes, and JSON on that route, keep the server's limit") {
  ToyServer server;
  const auto limit = http::Limits{}.max_body;
  CHECK(server.client().send(sized(limit + 1, "/echo")).read_response()->status == 413);
  CHECK(server.client().send(sized(limit + 1, "/nothing")).read_response()->status == 413);
  const auto length = "Content-Length: " + std::to_string(limit + 1) + "\r\n\r\n";
  for (const auto* type : {"Content-Type: application/json\r\n", ""}) {
    const auto start = std::string("POST /large-body HTTP/1.1\r\nHost: t\r\n") + type + length;
    CHECK(server.client().send(start).read_response()->status == 413);
  }
  auto client = server.client();
  client.send(sized(limit) + std::string(limit, 'x'));
  CHECK(client.read_response()->status == 201);
}

TEST_CASE("a large body without a token is not read where its route needs one") {
  http::Router router;
  const auto add = [&](const char* pattern, http::Policy policy) {
    router.add({.method = http::Method::post,
                .pattern = pattern,
                .policy = policy,
                .handler = [](const http::Request&) { return http::no_content(); },
                .max_body = 2000});
  };
  add("/for-all", http::Policy::public_);
  add("/for-users", http::Policy::user);
  http::Limits limits;
  limits.max_body = 1000;
  const http::HostAllowlist hosts({});
  const auto status_of = [&](const std::string& request) {
    http::RequestParser parser(limits, hosts, nullptr, &router);
    parser.feed(request);
    return parser.rejection() ? parser.rejection()->status : 0;
  };
  const std::string token = "Authorization: Bearer x\r\n", length = "Content-Length: 2000\r\n";
  CHECK(status_of(head(length, "/for-users")) == 0);
  limits.large_bodies_need_token = true;
  CHECK(status_of(head(length, "/for-users")) == 401);
  CHECK(status_of(head(token + length, "/for-users")) == 0);
  CHECK(status_of(head(length, "/for-all")) == 0);
  CHECK(status_of(sized(1000, "/for-users")) == 0);  // the Authenticator refuses it
  CHECK(status_of(sized(2001, "/for-users")) == 413);
  CHECK(status_of(head("Transfer-Encoding: chunked\r\n", "/for-users") + "7d0\r\n") == 401);
}

TEST_CASE("a large body without a token is answered 401, with a challenge") {
  ToyServer server(
      [](http::ServerOptions& options) { options.limits.large_bodies_need_token = true; });
  const auto request = sized(max_large_body, "/large-body-of-user");
  const auto refused = server.client().send(request).read_response();
  REQUIRE(refused);
  CHECK(refused->status == 401);
  CHECK(refused->header("www-authenticate") == "Bearer");
  CHECK(refused->header("connection") == "close");
}

TEST_CASE("the limit of a route ends with its request") {
  http::Router router;
  router.add({.method = http::Method::post,
              .pattern = "/large",
              .policy = http::Policy::public_,
              .handler = [](const http::Request&) { return http::no_content(); },
              .max_body = 2000});
  http::Limits limits;
  limits.max_body = 1000;
  const http::HostAllowlist hosts({});
  http::RequestParser parser(limits, hosts, nullptr, &router);
  parser.feed(sized(1000, "/large"));
  CHECK_FALSE(parser.is_large_upload());
  parser.feed(std::string(1000, 'x'));
  REQUIRE(parser.is_finished());
  parser.take();
  parser.feed(sized(2000, "/large"));
  CHECK(parser.is_large_upload());
  parser.feed(std::string(2000, 'x'));
  REQUIRE(parser.is_finished());
  parser.take();
  CHECK_FALSE(parser.is_large_upload());
  parser.feed(sized(2000, "/small"));
  REQUIRE(parser.rejection());
  CHECK(parser.rejection()->status == 413);
}

TEST_CASE("a client that waits for 100 Continue hears at once whether the body is too large") {
  ToyServer server;
  const auto expecting = [](std::size_t size) {
    return head("Expect: 100-continue\r\nContent-Length: " + std::to_string(size) + "\r\n");
  };
  CHECK(server.client().send(expecting(max_large_body + 1)).read_response()->status == 413);
  auto client = server.client();
  CHECK(client.send(expecting(max_large_body)).read_response()->status == 100);
  CHECK(client.send(std::string(max_large_body, 'x')).read_response()->status == 201);
}

TEST_CASE("a client that sends all of a refused body is not cut off, and gets the answer") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.linger_pause = options.limits.request_timeout = 10min;
  });
  auto client = server.client();
  client.send(sized(8 * max_large_body));
  for (int i = 0; i < 4; ++i) {
    client.send(std::string(2 * max_large_body, 'x'));
    std::this_thread::sleep_for(400ms);
  }
  pollfd state{client.fd(), 0, 0};
  CHECK(::poll(&state, 1, 0) == 0);  // else the connection is reset
  const auto refused = client.read_response();
  REQUIRE(refused);
  CHECK(refused->status == 413);
}

TEST_CASE("a client that sends nothing more is let go, and so is one that never stops") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.linger_pause = 200ms;
    options.limits.request_timeout = 1s;
  });
  auto& connections = metrics::gauge("feedctl_http_connections", "");
  auto silent = server.client(), busy = server.client();
  silent.send(sized(8 * max_large_body));
  busy.send(sized(8 * max_large_body));
  CHECK(support::eventually([&] {
    busy.send("x");
    return connections.value() == 0;
  }));
}

TEST_CASE("a large body has more time than a request, as long as its bytes come") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.request_timeout = 300ms;
    options.limits.min_transfer_rate = 1;
  });
  auto client = server.client();
  client.send(sized(max_large_body) + std::string(max_large_body / 2, 'x'));
  CHECK(client.is_silent(900ms));  // not refused after request_timeout
  CHECK(client.send(std::string(max_large_body / 2, 'x')).read_response()->status == 201);
}

TEST_CASE("a fast beginning of a large body does not pay for a client that stops") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.min_transfer_rate = 1024;
    options.limits.max_transfer_pause = 300ms;
  });
  auto client = server.client();
  client.send(sized(max_large_body) + std::string(max_large_body / 2, 'x'));
  const auto began = std::chrono::steady_clock::now();
  while (client.is_silent(20ms) && std::chrono::steady_clock::now() - began < 60s) client.send("x");
  const auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 408);
}

TEST_CASE("the time for a body begins anew behind another one on the same connection") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.body_grace = 3s;
    options.limits.min_body_rate = 1 << 30;  // bytes earn no time
  });
  auto client = server.client();
  const auto half = std::string(max_large_body / 2, 'x');
  const auto length = "Content-Length: " + std::to_string(max_large_body) + "\r\n";
  client.send(head("X-Wait: 1\r\n" + length) + half);
  CHECK(client.is_silent(100ms));  // the server waits for the rest
  client.send(half + sized(1000) + "x");
  server.gate.wait_for_arrivals(1);
  CHECK(client.is_silent(3500ms));
  server.gate.open();
  CHECK(client.read_response()->status == 201);
  const auto second = client.send(std::string(999, 'x')).read_response();
  REQUIRE(second);
  CHECK(second->status == 201);
}

TEST_CASE("the bytes of all body files are limited, and come free with their requests") {
  ToyServer server([](http::ServerOptions& options) {
    options.limits.max_body_file_bytes = max_large_body + max_large_body / 2;
  });
  const auto length = "Content-Length: " + std::to_string(max_large_body) + "\r\n";
  const auto body = std::string(max_large_body, 'x');
  auto first = server.client();
  first.send(head("X-Wait: 1\r\n" + length) + body);
  server.gate.wait_for_arrivals(1);
  const auto refused = server.client().send(head(length) + body).read_response();
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(refused->header("retry-after") != "");
  server.gate.open();
  CHECK(first.read_response()->status == 201);
  CHECK(support::eventually([&] {
    const auto answer = server.client().send(head(length) + body).read_response();
    return answer && answer->status == 201;
  }));
}

TEST_CASE("large bodies do not count as memory, since they are in files") {
  ToyServer server([](http::ServerOptions& options) {
    options.loop_threads = 1;
    options.limits.max_buffered_bytes = 512 * 1024;
    options.limits.max_body_files = 100;
  });
  if (http::BodySpool::is_in_memory()) return;  // there they count
  std::vector<RawClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(server.client());
    clients.back().send(sized(max_large_body) + std::string(max_large_body - 1, 'x'));
  }
  for (auto& client : clients) CHECK(client.send("x").read_response()->status == 201);
}
