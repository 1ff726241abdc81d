// Whether a server gets on, and how several share one listening socket.
#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "http/toy_server.hpp"
#include "support/catch.hpp"

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
  return std::make_unique<ToyServer>([&](auto& options) {
    options.listen_fd = ::fcntl(shared, F_DUPFD_CLOEXEC, 0);
    options.loops = 1;
  });
}

// An answer is out a moment before its job has ended.
bool soon_turns(ToyServer& server) {
  for (int i = 0; i < 1000; ++i) {
    if (server.server.turns(10s)) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace

TEST_CASE("a server gets on while its loops turn and its pool ends jobs or has threads to spare") {
  ToyServer server([](auto& options) { options.threads = 1; });
  CHECK(server.server.turns(10s));
  CHECK(server.get("/hello").status == 200);
  CHECK(soon_turns(server));
  auto running = server.client();
  running.send("GET /gate HTTP/1.1\r\nHost: t\r\n\r\n");
  server.gate.wait_for_arrivals(1);
  server.server.turns(10s);  // the job before it may have ended since the last time
  CHECK_FALSE(server.server.turns(10s));
  CHECK_FALSE(server.server.turns(10s));
  server.gate.open();
  CHECK(running.answer()->status == 200);
  CHECK(soon_turns(server));
}

TEST_CASE("a server that drains leaves the socket it shares to the others") {
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
  CHECK(running.answer()->status == 200);
  drain.join();
  CHECK(answered == 50);
  ::close(shared);
}
