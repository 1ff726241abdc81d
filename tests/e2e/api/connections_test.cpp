// The edge of the real server: idle, slow and odd clients over plain sockets.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "support/api.hpp"

using namespace feedctl;
using namespace feedctl::api;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

class RawSocket {
 public:
  explicit RawSocket(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~RawSocket() {
    if (fd_ >= 0) ::close(fd_);
  }

  void send(const std::string& bytes) {
    REQUIRE(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  // What comes until `text` stands in it, the peer closes, or the time is over.
  std::string read_until(const std::string& text, std::chrono::milliseconds patience) {
    std::string all;
    const auto until = Clock::now() + patience;
    while (all.find(text) == std::string::npos) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
      pollfd poll{fd_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&poll, 1, static_cast<int>(left.count())) <= 0) break;
      char buffer[4096];
      const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      all.append(buffer, static_cast<std::size_t>(n));
    }
    return all;
  }

 private:
  int fd_;
};

const std::string get_health = "GET /health/ HTTP/1.1\r\nHost: localhost\r\n\r\n";

std::chrono::milliseconds elapsed_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace

TEST_CASE("1,200 idle keep-alive connections leave room for a new one at once") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  std::vector<RawSocket> idle;
  for (int i = 0; i < 1200; ++i) {
    idle.emplace_back(serve.port());
    idle.back().send(get_health);
    REQUIRE(idle.back().read_until("}", 60s).find("200 OK") != std::string::npos);
  }
  const auto start = Clock::now();
  RawSocket late(serve.port());
  late.send("GET /v1/feed/hot HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(late.read_until("next_cursor", 60s).find("200 OK") != std::string::npos);
  CHECK(elapsed_since(start) < 20s);
  // The idle ones are served still.
  idle.front().send(get_health);
  CHECK(idle.front().read_until("}", 60s).find("200 OK") != std::string::npos);
}

TEST_CASE("requests over one connection follow one another without a stall") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  RawSocket socket(serve.port());
  int stalls = 0;
  for (int i = 0; i < 100; ++i) {
    const auto start = Clock::now();
    socket.send(get_health);
    REQUIRE(socket.read_until("}", 60s).find("200 OK") != std::string::npos);
    stalls += elapsed_since(start) >= 40ms;  // which a delayed acknowledgement takes, each time
  }
  CHECK(stalls < 50);
}

TEST_CASE("a POST without body or length is answered at once") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  RawSocket socket(serve.port());
  const auto start = Clock::now();
  socket.send("POST /v1/feed/posts/ HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(socket.read_until("created_at", 60s).find("201 Created") != std::string::npos);
  CHECK(elapsed_since(start) < 20s);
}

TEST_CASE("a slow request head is cut off at its total deadline") {
  support::FreshDatabase database;
  support::ServerProcess serve(database);
  RawSocket socket(serve.port());
  const auto start = Clock::now();
  socket.send("GET /health/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
  std::string answer;
  // A byte every second keeps every per-read time-out from firing.
  for (int i = 0; i < 20 && answer.empty(); ++i) {
    answer = socket.read_until("408", 1s);
    if (answer.empty()) socket.send("a");
  }
  CHECK(answer.find("408 Request Timeout") != std::string::npos);
  CHECK(elapsed_since(start) >= 9s);
  CHECK(elapsed_since(start) < 60s);
}
