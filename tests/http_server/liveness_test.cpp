// Whether a server makes progress, and how several share one listening socket.
#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "http_server/toy_server.hpp"
#include "support/catch.hpp"

using namespace feedctl;
using namespace feedctl::test;
using namespace std::chrono_literals;

namespace {

int listening_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0 || ::listen(fd, 16) != 0) {
    throw std::runtime_error("cannot listen");
  }
  return fd;
}

std::unique_ptr<ToyServer> server_on(int shared) {
  return std::make_unique<ToyServer>([&](http::ServerOptions& options) {
    options.listen_fd = ::fcntl(shared, F_DUPFD_CLOEXEC, 0);
    options.loop_threads = 1;
  });
}

// A response is sent shortly before its task ends.
bool wait_until_responsive(ToyServer& server) {
  for (int i = 0; i < 60'000; ++i) {
    if (server.server.is_responsive(10s)) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace

TEST_CASE(
    "a server is responsive while its loops run and its pool completes tasks or has idle threads") {
  ToyServer server([](http::ServerOptions& options) { options.handler_threads = 1; });
  CHECK(server.server.is_responsive(10s));
  CHECK(server.get("/hello").status == 200);
  CHECK(wait_until_responsive(server));
  auto running = server.client();
  running.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n");
  server.gate.wait_for_arrivals(1);
  server.server.is_responsive(10s);  // the task before it may have ended since the last time
  CHECK_FALSE(server.server.is_responsive(10s));
  CHECK_FALSE(server.server.is_responsive(10s));
  server.gate.open();
  CHECK(running.read_response()->status == 200);
  CHECK(wait_until_responsive(server));
}

TEST_CASE("a draining server leaves its shared socket to the other processes") {
  const int shared = listening_socket();
  const auto leaving = server_on(shared);
  auto running = leaving->client();
  running.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n");
  leaving->gate.wait_for_arrivals(1);
  const auto staying = server_on(shared);
  std::thread drain([&] { leaving->server.drain(20s); });
  std::this_thread::sleep_for(100ms);
  int answered = 0;
  for (int i = 0; i < 50 && answered == i; ++i) {
    auto client = staying->client();
    const auto answer = client.get("/hello");
    if (answer && answer->status == 200 && answer->header("connection").empty()) ++answered;
  }
  leaving->gate.open();
  CHECK(running.read_response()->status == 200);
  drain.join();
  CHECK(answered == 50);
  ::close(shared);
}
