// Accepting connections: many, too many, inherited sockets, and addresses that fail.
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/error.hpp"
#include "http_server/toy_server.hpp"
#include "metrics/metrics.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

using Clock = std::chrono::steady_clock;

TEST_CASE("without free descriptors accepting pauses and resumes when some are free") {
  ToyServer server;
  CHECK(server.get("/hello").status == 200);
  // Its descriptor is free again a moment after its connection is not counted any more.
  CHECK(support::eventually(
      [] { return metrics::gauge("feedctl_http_connections", "").value() == 0; }));
  std::this_thread::sleep_for(50ms);
  RawClient client;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto few = before;
  few.rlim_cur = static_cast<rlim_t>(client.fd()) + 1;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> fillers;
  for (int fd = ::open("/dev/null", O_RDONLY); fd >= 0; fd = ::open("/dev/null", O_RDONLY)) {
    fillers.push_back(fd);
  }
  client.connect(server.server.port());
  client.send(get_request("/hello"));
  const bool waited = client.is_silent(200ms);
  ::setrlimit(RLIMIT_NOFILE, &before);
  for (const int fd : fillers) ::close(fd);
  CHECK(waited);
  const auto answer = client.read_response();
  REQUIRE(answer);
  CHECK(answer->status == 200);
}

TEST_CASE("1,200 idle connections use no thread and delay nobody") {
  ToyServer server([](http::ServerOptions& options) { options.handler_threads = 2; });
  std::vector<RawClient> idle;
  for (int i = 0; i < 1200; ++i) idle.push_back(server.client());
  for (std::size_t i = 0; i < idle.size(); i += 100) REQUIRE(idle[i].get("/hello")->status == 200);
  for (int i = 0; i < 50; ++i) idle[static_cast<std::size_t>(i)].send("GET /hel");
  const auto began = Clock::now();
  CHECK(server.get("/hello").status == 200);
  CHECK(Clock::now() - began < 20s);
}

TEST_CASE("above the connection limit a client waits until a connection closes") {
  ToyServer server([](http::ServerOptions& options) { options.limits.max_connections = 2; });
  auto first = server.client();
  CHECK(first.get("/hello")->status == 200);
  {
    auto second = server.client();
    CHECK(second.get("/hello")->status == 200);
    auto third = server.client();
    third.send(get_request("/hello"));
    CHECK(third.is_silent(200ms));
    { const auto leaving = std::move(second); }
    CHECK(third.read_response()->status == 200);
  }
}

TEST_CASE("an inherited socket is served, also a unix socket") {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&here), sizeof here) == 0);
  REQUIRE(::listen(fd, 16) == 0);
  {
    ToyServer server([&](http::ServerOptions& options) { options.listen_fd = fd; });
    CHECK(server.server.port() > 0);
    CHECK(server.get("/hello").status == 200);
  }
  const auto path = "/tmp/feedctl-http-test-" + std::to_string(::getpid());
  const int local = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  path.copy(at.sun_path, sizeof at.sun_path - 1);
  ::unlink(path.c_str());
  REQUIRE(::bind(local, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  {
    ToyServer server([&](http::ServerOptions& options) {
      options.listen_fd = local;
      options.trusted_proxies = {"unix"};
    });
    RawClient client(path);
    CHECK(client.get("/describe")->body.find(R"("client":"unix")") != std::string::npos);
    CHECK(client.get("/describe", "X-Forwarded-For: 9.9.9.9\r\n")
              ->body.find(R"("client":"9.9.9.9")") != std::string::npos);
  }
  ::unlink(path.c_str());
}

TEST_CASE("a port in use and a non-local address are errors that name the remedy") {
  ToyServer server;
  http::Router router;
  const auto error_of = [&router](const std::string& host, int port) {
    http::ServerOptions options;
    options.host = host;
    options.port = port;
    http::Server second(options, router, nullptr);
    try {
      second.start();
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unavailable);
      return std::string(error.what()) + "; " + error.hint();
    }
    return std::string("started");
  };
  const auto port = server.server.port();
  CHECK(
      error_of("127.0.0.1", port) ==
      "cannot listen on 127.0.0.1:" + std::to_string(port) +
          ": Address already in use; choose another port with --port, or stop what listens there");
  CHECK(error_of("192.0.2.1", 0) ==
        "cannot listen on 192.0.2.1:0: Cannot assign requested address; "
        "give an address of this machine with --host");
}
