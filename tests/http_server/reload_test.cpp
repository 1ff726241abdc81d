// Which settings of a server may change while it serves.
#include <atomic>
#include <thread>

#include "base/error.hpp"
#include "http_server/toy_server.hpp"
#include "support/captured_log.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;

TEST_CASE("requests use reloaded settings from the next one on, also on open connections") {
  http::ServerOptions options;
  ToyServer server([&](http::ServerOptions& first) {
    first.allowed_hosts = {"old.example"};
    options = first;
  });
  auto open = server.client();
  const auto status_for = [&](const std::string& host) {
    return open.send("GET /hello HTTP/1.1\r\nHost: " + host + "\r\n\r\n").read_response()->status;
  };
  CHECK(status_for("old.example") == 200);
  options.allowed_hosts = {"new.example"};
  options.cors_origins = {"https://app.example"};
  options.trusted_proxies = {"127.0.0.1"};
  options.gzip = false;
  server.server.reload(options);
  CHECK(status_for("New.example") == 200);
  const auto answer = open.send(
                              "GET /describe HTTP/1.1\r\nHost: new.example\r\nOrigin: "
                              "https://app.example\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
                          .read_response();
  REQUIRE(answer);
  CHECK(answer->header("access-control-allow-origin") == "https://app.example");
  CHECK(answer->body.find("\"client\":\"9.9.9.9\"") != std::string::npos);
  const auto page = open.send(
                            "GET /kilobytes HTTP/1.1\r\nHost: new.example\r\nAccept-Encoding: "
                            "gzip\r\n\r\n")
                        .read_response();
  REQUIRE(page);
  CHECK(page->count("content-encoding") == 0);
  CHECK(status_for("old.example") == 421);
}

TEST_CASE("a reloaded body limit applies to new bodies, not to those in transfer") {
  http::ServerOptions options;
  ToyServer server([&](http::ServerOptions& first) {
    first.limits.max_body = 2000;
    first.loop_threads = 1;
    options = first;
  });
  const auto post = [](std::size_t size) {
    return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  auto open = server.client();
  CHECK(open.send(post(2000) + std::string(2000, 'x')).read_response()->status == 200);
  auto under_way = server.client();
  under_way.send(post(2000) + std::string(500, 'x'));
  CHECK(server.get("/hello").status == 200);  // what was sent before has been read
  options.limits.max_body = 1000;
  server.server.reload(options);
  CHECK(under_way.send(std::string(1500, 'x')).read_response()->status == 200);
  CHECK(open.send(post(1000) + std::string(1000, 'x')).read_response()->status == 200);
  auto chunked = server.client();
  chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n");
  CHECK(chunked.read_response()->status == 413);
  CHECK(open.send(post(1001)).read_response()->status == 413);
  options.limits.max_body = 3000;
  server.server.reload(options);
  CHECK(server.client().send(post(3000) + std::string(3000, 'x')).read_response()->status == 200);
}

TEST_CASE("a reload with invalid settings changes nothing") {
  http::ServerOptions options;
  ToyServer server([&](http::ServerOptions& first) {
    first.cors_origins = {"https://old.example"};
    options = first;
  });
  options.cors_origins = {"https://new.example"};
  options.trusted_proxies = {"10.0.0.0/99"};
  CHECK_THROWS_AS(server.server.reload(options), Error);
  CHECK(server.get("/hello", "Origin: https://old.example\r\n")
            .count("access-control-allow-origin") == 1);
}

TEST_CASE("reloads during requests fail none of them") {
  http::ServerOptions options;
  ToyServer server([&](http::ServerOptions& first) { options = first; });
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, client = server.client()]() mutable {
      for (int n = 0; n < 900 && !over; ++n) {
        const auto answer =
            client.get("/hello", "Origin: https://a\r\nX-Forwarded-For: 9.9.9.9\r\n");
        if (!answer || answer->status != 200) ++wrong;
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    options.allowed_hosts = i % 2 == 0 ? std::vector<std::string>{"t"} : std::vector<std::string>{};
    options.cors_origins.assign(static_cast<std::size_t>(i % 3), "https://a");
    options.trusted_proxies.assign(static_cast<std::size_t>(i % 4), "127.0.0.0/8");
    server.server.reload(options);
  }
  over = true;
  for (auto& client : clients) client.join();
  CHECK(wrong == 0);
}
